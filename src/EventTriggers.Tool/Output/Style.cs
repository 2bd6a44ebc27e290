namespace EventTriggers.Tool.Output;

/// <summary>How a piece of text looks where colors are allowed.</summary>
internal enum Style
{
    Plain,
    Bold,
    Dim,
    Good,
    Warning,
    Bad,
}
