using System.Diagnostics;
using PSTransfer.Core.Tests.Diagnosis.Comparison;

namespace PSTransfer.Core.Tests.Reports;

/// <summary>Looks at pages in Chromium, on a phone and on a desktop, light and dark. A script in a copy of the page measures it.</summary>
public sealed class BrowserTests : IDisposable
{
    private static readonly string? _chromium = new[] { "chromium", "chromium-browser", "google-chrome" }
        .SelectMany(name =>
            (Environment.GetEnvironmentVariable("PATH") ?? string.Empty)
                .Split(Path.PathSeparator)
                .Select(folder => Path.Combine(folder, name)))
        .FirstOrDefault(File.Exists);

    // What --dump-dom shows afterwards: the page's width, texts with too little contrast, texts too small, and what names may have done.
    private const string Probe = """
        <script>
        addEventListener('load', function () {
          var name = new URLSearchParams(location.search).get('name');
          function rgba(text) {
            var c = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
            c.fillStyle = text; c.fillRect(0, 0, 1, 1);
            var d = c.getImageData(0, 0, 1, 1).data;
            return [d[0], d[1], d[2], d[3] / 255];
          }
          function over(top, below) { return [0, 1, 2].map(function (i) { return top[i] * top[3] + below[i] * (1 - top[3]); }).concat(1); }
          function luminance(c) {
            var l = c.slice(0, 3).map(function (v) { v /= 255; return v <= 0.03928 ? v / 12.92 : Math.pow((v + 0.055) / 1.055, 2.4); });
            return 0.2126 * l[0] + 0.7152 * l[1] + 0.0722 * l[2];
          }
          function background(e) {
            var layers = [];
            for (; e; e = e.parentElement) { layers.push(rgba(getComputedStyle(e).backgroundColor)); }
            return layers.reverse().reduce(function (below, layer) { return over(layer, below); }, [255, 255, 255, 1]);
          }
          var faint = [], small = [], texts = 0, least = 99;
          var walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
          for (var node; node = walker.nextNode();) {
            var e = node.parentElement;
            if (!node.data.trim() || e.closest('script, title')) { continue; }
            var style = getComputedStyle(e), svg = e.closest('svg');
            var back = background(e), a = luminance(over(rgba(svg ? style.fill : style.color), back)), b = luminance(back);
            var ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
            var size = parseFloat(style.fontSize) * (svg ? svg.getBoundingClientRect().width / svg.viewBox.baseVal.width : 1);
            texts++;
            least = Math.min(least, ratio);
            if (ratio < 4.5) { faint.push(node.data.slice(0, 40) + ' ' + ratio.toFixed(2)); }
            if (size < 11) { small.push(node.data.slice(0, 40) + ' ' + size.toFixed(1)); }
          }
          var cut = [];
          document.querySelectorAll('svg').forEach(function (svg) {
            var frame = svg.getBoundingClientRect();
            svg.querySelectorAll('text').forEach(function (t) {
              var box = t.getBoundingClientRect();
              if (box.left < frame.left - 1 || box.right > frame.right + 1) { cut.push(t.textContent); }
            });
          });
          var result = {
            Inner: innerWidth, Width: document.scrollingElement.scrollWidth, Dark: matchMedia('(prefers-color-scheme: dark)').matches,
            Texts: texts, Charts: document.querySelectorAll('svg').length, Faint: faint, Small: small, Cut: cut, Title: document.title,
            Scripts: document.querySelectorAll('script').length,
            Injected: document.querySelectorAll('iframe, object, embed, link, form, base, body a, [onerror], [onload], img:not([src^="data:image/png;base64,"])').length
          };
          parent.postMessage({ name: name, seen: result }, '*');
        });
        </script>
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void PagesFitTheirWindowsAreReadableAndRunNothing(bool dark)
    {
        Assert.SkipWhen(
            _chromium is null,
            "chromium is not installed (apt-get install chromium): layout, contrast and escaping of reports weren't looked at.");
        string[] pages = ["training", "modes", "labels"];
        var views = pages
            .SelectMany(page => new[] { 390, 1280 }.Select(width => (Name: $"{page}-{width}", Html: Write(page), Width: width)))
            .ToList();

        var seen = Look(views, dark);

        Assert.Equal(
            views.Select(view => (view.Name, view.Width, dark)),
            views.Select(view => (view.Name, seen[view.Name].Inner, seen[view.Name].Dark)));
        Assert.All(seen, view => Assert.True(view.Value.Width <= view.Value.Inner, $"{view.Key} is {view.Value.Width} pixels wide."));
        Assert.All(
            seen,
            view =>
                Assert.True(
                    view.Value.Texts > 40 && view.Value.Charts >= 1, $"{view.Key}: {view.Value.Texts} texts, {view.Value.Charts} charts"));
        Assert.Empty(seen.SelectMany(view => view.Value.Faint.Select(text => $"{view.Key}: {text}")));
        Assert.Empty(seen.SelectMany(view => view.Value.Small.Select(text => $"{view.Key}: {text}")));
        Assert.Empty(seen.SelectMany(view => view.Value.Cut.Select(text => $"{view.Key}: {text}")));
        Assert.All(seen, view => Assert.NotEqual("owned", view.Value.Title));
        Assert.All(seen, view => Assert.Equal((1, 0), (view.Value.Scripts, view.Value.Injected)));
    }

    [Fact]
    public void TheProbeSeesWhatIsWrong()
    {
        Assert.SkipWhen(_chromium is null, "chromium is not installed (apt-get install chromium): nothing to probe with.");
        var html = Write("training").Replace(
            "</main>",
            "<p style='color:#999'>faint</p><p style='font-size:8px'>small</p><div style='width:2000px'>wide</div><object></object><img "
            + "src='x' onerror='document.title=&quot;owned&quot;'></main>",
            StringComparison.Ordinal);
        var seen = Look([("wrong", html, 390)], dark: false)["wrong"];
        Assert.Single(seen.Faint, text => text.StartsWith("faint", StringComparison.Ordinal));
        Assert.Single(seen.Small, text => text.StartsWith("small", StringComparison.Ordinal));
        Assert.True(seen.Width > 1900, $"{seen.Width}");
        Assert.Equal(("owned", 2), (seen.Title, seen.Injected));
    }

    private static string Write(string page)
    {
        if (page == "training")
        {
            return HtmlRenderer.Render(TrainingPage.Of(SampleReport.Make(SampleReport.HostileNames)));
        }

        var rows = new[]
        {
            FreezeModeRows.Row(FreezeMode.LiveBatchNorm, FreezeModeRepair.Precise, 0.6, 0.02),
            FreezeModeRows.Row(FreezeMode.Inference, FreezeModeRepair.None, 0.9, 0.001),
        };
        return HtmlRenderer.Render(ComparisonPage.Of(ComparisonReport.Of(
            page == "modes" ? rows : [.. SampleReport.HostileNames.SelectMany(name => rows.Select(row => row with { Label = name }))])));
    }

    /// <summary>Opens pages in frames of the widths wanted: a window of Chromium can't be as narrow as a phone.</summary>
    private Dictionary<string, Seen> Look(IReadOnlyList<(string Name, string Html, int Width)> views, bool dark)
    {
        foreach (var (name, html, _) in views)
        {
            // The page's own policy forbids scripts; the copy is the test's.
            var policy = html.IndexOf("<meta http-equiv", StringComparison.Ordinal);
            var copy = html
                .Remove(policy, html.IndexOf('\n', policy) - policy)
                .Replace("</body>", Probe + "</body>", StringComparison.Ordinal);
            File.WriteAllText(Path.Combine(_folder, $"{name}.html"), copy);
        }

        var frames = string.Concat(
            views.Select(view =>
                $"<iframe src='{view.Name}.html?name={view.Name}' style='border:0;height:900px;width:{view.Width}px'></iframe>"));
        var outer = Path.Combine(_folder, "outer.html");
        File.WriteAllText(outer, $$"""
            <!DOCTYPE html><meta name="color-scheme" content="light dark"><script>
            var seen = {};
            addEventListener('message', function (e) {
              seen[e.data.name] = e.data.seen;
              document.getElementById('result').textContent = 'RESULT' + encodeURIComponent(JSON.stringify(seen)) + 'END';
            });
            </script><pre id="result"></pre>{{frames}}
            """);
        var start = new ProcessStartInfo(_chromium!)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            ArgumentList =
            {
                "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--disable-dev-shm-usage",
                $"--user-data-dir={Path.Combine(_folder, "profile")}",
                $"--blink-settings=preferredColorScheme={(dark ? 0 : 1)}",
                "--window-size=1400,900",
                "--virtual-time-budget=10000",
                "--dump-dom",
                new Uri(outer).AbsoluteUri,
            },
        };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var dom = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        var from = dom.LastIndexOf("RESULT", StringComparison.Ordinal) + "RESULT".Length;
        var to = dom.IndexOf("END", from, StringComparison.Ordinal);
        Assert.True(to > from, $"Chromium gave no result: {errors.Result}");
        return JsonSerializer.Deserialize<Dictionary<string, Seen>>(Uri.UnescapeDataString(dom[from..to]))!;
    }

    private sealed record Seen(
        int Inner,
        int Width,
        bool Dark,
        int Texts,
        int Charts,
        string[] Faint,
        string[] Small,
        string[] Cut,
        string Title,
        int Scripts,
        int Injected);
}
