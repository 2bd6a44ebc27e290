using EventTriggers.Tool.Output;

namespace EventTriggers.Tool.Operating;

/// <summary>Shows findings.</summary>
internal static class FindingList
{
    public static void Write(Screen screen, IReadOnlyList<Finding> findings, string none)
    {
        if (findings.Count == 0)
        {
            screen.Line(new Piece(none, Style.Good));
        }

        foreach (var finding in findings)
        {
            screen.Line(Mark(finding.Level), finding.Text);
            if (finding.Advice is { } advice)
            {
                screen.Line(new Piece($"        {advice}", Style.Dim));
            }
        }
    }

    public static Piece Mark(Level level) => level switch
    {
        Level.Ok => new Piece("ok      ", Style.Good),
        Level.Notice => new Piece("note    ", Style.Bold),
        Level.Warning => new Piece("warning ", Style.Warning),
        _ => new Piece("error   ", Style.Bad),
    };
}
