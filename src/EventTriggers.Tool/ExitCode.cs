namespace EventTriggers.Tool;

/// <summary>The exit codes, as docs/tool.md lists them.</summary>
internal static class ExitCode
{
    public const int Done = 0;

    /// <summary>Not done: Redis is away or refuses, the state does not allow it, or the answer was no.</summary>
    public const int Failed = 1;

    /// <summary>The command line cannot be used.</summary>
    public const int Usage = 2;

    /// <summary>The command was done and found trouble.</summary>
    public const int Trouble = 3;

    public const int NotFound = 4;

    /// <summary>Ended by Ctrl+C.</summary>
    public const int Interrupted = 130;
}
