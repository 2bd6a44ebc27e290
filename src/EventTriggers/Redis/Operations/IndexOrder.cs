using System.Globalization;

namespace EventTriggers.Redis.Operations;

/// <summary>The order in which pages list the entries of sorted sets: by source, by score, and by member, byte by byte.</summary>
/// <param name="sources">The sorted sets that are read one after another; none where they are merged.</param>
/// <param name="isDown">Whether the highest score comes first.</param>
internal sealed class IndexOrder(IReadOnlyList<string> sources, bool isDown) : IComparer<IndexPosition>
{
    /// <summary>Reads a score as the server writes it.</summary>
    public static bool TryParse(string score, out double number)
    {
        (var isInfinite, number) = score switch
        {
            "inf" or "+inf" => (true, double.PositiveInfinity),
            "-inf" => (true, double.NegativeInfinity),
            _ => (false, 0),
        };
        return isInfinite || double.TryParse(score, NumberStyles.Float, CultureInfo.InvariantCulture, out number);
    }

    public int Compare(IndexPosition? x, IndexPosition? y)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(y);
        var bySource = PlaceOf(x).CompareTo(PlaceOf(y));
        if (bySource != 0)
        {
            return bySource;
        }

        var byScore = ScoreOf(x).CompareTo(ScoreOf(y));
        var order = byScore != 0 ? byScore : x.Member.AsSpan().SequenceCompareTo(y.Member);
        return isDown ? -order : order;
    }

    private static double ScoreOf(IndexPosition position) => TryParse(position.Score, out var score) ? score : 0;

    private int PlaceOf(IndexPosition position)
    {
        for (var i = 0; i < sources.Count; i++)
        {
            if (sources[i] == position.Source)
            {
                return i;
            }
        }

        return -1;
    }
}
