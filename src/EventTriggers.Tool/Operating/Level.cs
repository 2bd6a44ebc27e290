namespace EventTriggers.Tool.Operating;

/// <summary>How bad something is.</summary>
internal enum Level
{
    Ok,
    Notice,
    Warning,
    Error,
}
