namespace EventTriggers.Tool.Output;

/// <summary>A piece of text with its style. What it says is escaped when it is written.</summary>
internal readonly record struct Piece(string Text, Style Style = Style.Plain)
{
    public static implicit operator Piece(string? text) => new(text ?? string.Empty);
}
