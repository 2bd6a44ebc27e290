using System.Text;

namespace EventTriggers.Redis.Operations;

/// <summary>What fire_matches.lua or observe.lua answers for one trigger.</summary>
/// <param name="Outcome">What became of the event.</param>
/// <param name="Dropped">What the trigger dropped, beside the outcome or instead of it.</param>
internal readonly record struct MatchReply(MatchOutcome Outcome, DropReason Dropped)
{
    // The longest word and the longest reason, and more: what is longer is not a reply.
    private const int LongestReply = 64;

    /// <summary>Reads the replies of a script, one for each trigger.</summary>
    /// <exception cref="InvalidOperationException">A reply is not one that the script's header names.</exception>
    public static MatchReply[] ReadAll(Script script, FlatReply reader)
    {
        var replies = new MatchReply[reader.Count];
        Span<byte> text = stackalloc byte[LongestReply];
        for (var i = 0; i < replies.Length; i++)
        {
            reader.Next();
            if (reader.Length is not (> 0 and <= LongestReply))
            {
                throw script.Unexpected(reader.Quote());
            }

            var reply = text[..reader.CopyTo(text)];
            replies[i] = Parse(reply) ?? throw script.Unexpected(Encoding.UTF8.GetString(reply));
        }

        return replies;
    }

    // An outcome, and behind it what was dropped; or that alone.
    private static MatchReply? Parse(ReadOnlySpan<byte> reply)
    {
        if (DropReasons.TryParse(reply, out var alone))
        {
            return new MatchReply(alone == DropReason.Unreadable ? MatchOutcome.Unreadable : MatchOutcome.Dropped, alone);
        }

        var (space, dropped) = (reply.IndexOf((byte)' '), DropReason.None);
        if (space >= 0 && !DropReasons.TryParse(reply[(space + 1)..], out dropped))
        {
            return null;
        }

        return ParseOutcome(space < 0 ? reply : reply[..space]) is { } outcome ? new MatchReply(outcome, dropped) : null;
    }

    private static MatchOutcome? ParseOutcome(ReadOnlySpan<byte> word) =>
        word.SequenceEqual("fired"u8) ? MatchOutcome.Fired
        : word.SequenceEqual("noted"u8) ? MatchOutcome.Noted
        : word.SequenceEqual("repeated"u8) ? MatchOutcome.Repeated
        : word.SequenceEqual("last"u8) ? MatchOutcome.FiredLast
        : word.SequenceEqual("throttled"u8) ? MatchOutcome.Throttled
        : word.SequenceEqual("paused"u8) ? MatchOutcome.Paused
        : word.SequenceEqual("early"u8) ? MatchOutcome.Early
        : word.SequenceEqual("ended"u8) ? MatchOutcome.Ended
        : word.SequenceEqual("foreign"u8) ? MatchOutcome.Foreign
        : word.SequenceEqual("again"u8) ? MatchOutcome.Again
        : null;
}
