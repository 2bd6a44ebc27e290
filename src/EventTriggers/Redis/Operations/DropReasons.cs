using System.Text;

namespace EventTriggers.Redis.Operations;

/// <summary>Reads the words by which scripts say why something was dropped.</summary>
internal static class DropReasons
{
    public static bool TryParse(ReadOnlySpan<byte> word, out DropReason reason)
    {
        reason = word.SequenceEqual("late"u8) ? DropReason.Late
            : word.SequenceEqual("crowded"u8) ? DropReason.Crowded
            : word.SequenceEqual("full"u8) ? DropReason.Full
            : word.SequenceEqual("stale"u8) ? DropReason.Stale
            : word.SequenceEqual("unreadable"u8) ? DropReason.Unreadable
            : DropReason.None;
        return reason != DropReason.None;
    }

    /// <summary>Reads the next element of a reply.</summary>
    /// <exception cref="InvalidOperationException">It is not a reason.</exception>
    public static DropReason Next(Script script, ref FlatReply reader)
    {
        var word = reader.NextString() ?? string.Empty;
        return TryParse(Encoding.UTF8.GetBytes(word), out var reason) ? reason : throw script.Unexpected(word);
    }
}
