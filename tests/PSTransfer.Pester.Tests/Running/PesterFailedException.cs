namespace PSTransfer.Pester.Tests.Running;

/// <summary>A failed It: the message says what was expected and found, the trace where in the .ps1 file.</summary>
public sealed class PesterFailedException(string message, string file, int line) : Exception(message)
{
    public override string StackTrace => $"   at It in {file}:line {line}";
}
