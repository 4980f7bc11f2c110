namespace PSTransfer;

/// <summary>The format that Export-TrainingReport writes.</summary>
public enum ReportFormat
{
    /// <summary>One HTML file for a browser.</summary>
    Html,

    /// <summary>Text with tables; the charts are SVG files beside it.</summary>
    Markdown,

    /// <summary>The report's figures as JSON.</summary>
    Json,
}
