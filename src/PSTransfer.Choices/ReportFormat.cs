namespace PSTransfer;

/// <summary>What Export-TrainingReport writes.</summary>
public enum ReportFormat
{
    /// <summary>One file for a browser.</summary>
    Html,

    /// <summary>Text with tables; charts as SVG files beside it.</summary>
    Markdown,

    /// <summary>The figures.</summary>
    Json,
}
