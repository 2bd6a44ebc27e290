using System.Text;

namespace EventTriggers.Tool.Output;

/// <summary>A table whose columns are aligned and fit the screen: the widest columns that may be shortened give way first.</summary>
internal sealed class Table(params Column[] columns)
{
    private const string Gap = "  ";
    private const char Cut = '…';

    private readonly List<Piece[]> _rows = [];

    public void Add(params Piece[] cells) =>
        _rows.Add([.. cells.Select(static cell => cell with { Text = SafeText.Escape(cell.Text) })]);

    /// <summary>Writes the table. A column without any text is left out.</summary>
    public void WriteTo(Screen screen)
    {
        List<int> shown = [.. Enumerable.Range(0, columns.Length).Where(at => _rows.Exists(row => row[at].Text.Length > 0))];
        int[] widths;
        while (!Fit(shown, widths = WidthsOf(shown), screen.Width)
            && shown.FindLastIndex(at => columns[at].IsOptional) is >= 0 and var least)
        {
            shown.RemoveAt(least);
        }

        WriteRow(screen, shown, widths, [.. columns.Select(static column => new Piece(column.Name, Style.Dim))]);
        foreach (var row in _rows)
        {
            WriteRow(screen, shown, widths, row);
        }
    }

    private int[] WidthsOf(List<int> shown) =>
        [.. shown.Select(at => _rows.Select(row => SafeText.WidthOf(row[at].Text)).Append(columns[at].Name.Length).Max())];

    // Takes from the widest column that may be shortened, one by one. False if the table stays too wide.
    private bool Fit(List<int> shown, int[] widths, int width)
    {
        for (var over = widths.Sum() + ((long)Gap.Length * (widths.Length - 1)) - width; over > 0; over--)
        {
            var widest = -1;
            for (var at = 0; at < widths.Length; at++)
            {
                var narrowest = columns[shown[at]].Narrowest;
                widest = narrowest > 0 && widths[at] > narrowest && (widest < 0 || widths[at] > widths[widest]) ? at : widest;
            }

            if (widest < 0)
            {
                return false;
            }

            widths[widest]--;
        }

        return true;
    }

    private void WriteRow(Screen screen, List<int> shown, int[] widths, Piece[] cells)
    {
        for (var at = 0; at < shown.Count; at++)
        {
            var (cell, isNumber, isLast) = (cells[shown[at]], columns[shown[at]].IsNumber, at == shown.Count - 1);
            var text = Shorten(cell.Text, widths[at]);
            var padding = new string(' ', widths[at] - SafeText.WidthOf(text));
            screen.Write(isNumber ? padding : string.Empty, Style.Plain);
            screen.Write(text, cell.Style);
            screen.Write(isNumber || isLast ? string.Empty : padding, Style.Plain);
            screen.Write(isLast ? string.Empty : Gap, Style.Plain);
        }

        screen.EndLine();
    }

    private static string Shorten(string text, int width)
    {
        if (SafeText.WidthOf(text) <= width)
        {
            return text;
        }

        var (kept, used) = (new StringBuilder(), 0);
        foreach (var rune in text.EnumerateRunes())
        {
            used += SafeText.WidthOf(rune);
            if (used >= width)
            {
                break;
            }

            kept.Append(rune);
        }

        return kept.Append(Cut).ToString();
    }
}
