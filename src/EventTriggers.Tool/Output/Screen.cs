namespace EventTriggers.Tool.Output;

/// <summary>Writes text for people. Everything that it is given is escaped; only styles are written raw.</summary>
internal sealed class Screen(Terminal terminal)
{
    public int Width => terminal.Width;

    public void Line(params ReadOnlySpan<Piece> pieces)
    {
        foreach (var piece in pieces)
        {
            Write(SafeText.Escape(piece.Text), piece.Style);
        }

        terminal.Out.WriteLine();
    }

    /// <summary>Writes escaped text.</summary>
    public void Write(string safe, Style style)
    {
        var code = terminal.HasColor && safe.Length > 0 ? CodeOf(style) : null;
        terminal.Out.Write(code is null ? safe : $"\e[{code}m{safe}\e[0m");
    }

    public void EndLine() => terminal.Out.WriteLine();

    /// <summary>Writes a name and its value, if there is one.</summary>
    public void Field(string name, string? value, Style style = Style.Plain)
    {
        if (!string.IsNullOrEmpty(value))
        {
            Line(new Piece($"{name,-14}", Style.Dim), new Piece(value, style));
        }
    }

    public void Heading(string text)
    {
        Line();
        Line(new Piece(text, Style.Bold));
    }

    private static string? CodeOf(Style style) => style switch
    {
        Style.Bold => "1",
        Style.Dim => "2",
        Style.Good => "32",
        Style.Warning => "33",
        Style.Bad => "31",
        _ => null,
    };
}
