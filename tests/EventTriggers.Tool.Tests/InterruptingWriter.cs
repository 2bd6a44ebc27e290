namespace EventTriggers.Tool.Tests;

/// <summary>Interrupts the tool, as Ctrl+C does, once it has written a text.</summary>
internal sealed class InterruptingWriter(CancellationTokenSource interrupt, string text) : StringWriter
{
    public override void Flush()
    {
        if (ToString().Contains(text, StringComparison.Ordinal))
        {
            interrupt.Cancel();
        }
    }
}
