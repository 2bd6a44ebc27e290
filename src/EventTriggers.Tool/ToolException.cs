namespace EventTriggers.Tool;

/// <summary>Ends a command with a message and an exit code.</summary>
internal sealed class ToolException(int exitCode, string message, Exception? innerException = null) : Exception(message, innerException)
{
    public int ExitCode { get; } = exitCode;
}
