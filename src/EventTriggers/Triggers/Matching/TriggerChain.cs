using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace EventTriggers.Triggers.Matching;

/// <summary>
/// Which triggers led to an event, one after another, and how many events more this may lead to. A trigger does not fire again for what it led to, and what it led to is shared out among
/// those that fire: so triggers that wait for what they raise end, however many they are.
/// </summary>
internal sealed class TriggerChain
{
    /// <summary>To how many events, through further triggers, each event that a trigger raises may lead.</summary>
    public const int MostEvents = 1000;

    // Enough of a hash to tell triggers apart; ids would make the field long.
    private const int MarkBytes = 6;

    private readonly string[] _marks;

    private TriggerChain(string[] marks, int left) => (_marks, Left) = (marks, left);

    /// <summary>Gets the chain of an event that no trigger led to.</summary>
    public static TriggerChain None { get; } = new([], MostEvents);

    /// <summary>Gets how many triggers they are.</summary>
    public int Depth => _marks.Length;

    /// <summary>Gets how many events more it may lead to.</summary>
    public int Left { get; }

    /// <summary>Names a trigger in chains.</summary>
    public static string MarkOf(string id) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(id)).AsSpan(0, MarkBytes));

    public static bool TryParse(string text, [NotNullWhen(true)] out TriggerChain? chain)
    {
        chain = text.Split(':') is [var depth, var left, var marks] && marks.Split(',') is var all
            && int.TryParse(depth, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count == all.Length
            && int.TryParse(left, NumberStyles.None, CultureInfo.InvariantCulture, out var events) && Array.TrueForAll(all, static mark => mark.Length == 2 * MarkBytes)
            ? new TriggerChain(all, events)
            : null;
        return chain is not null;
    }

    public bool Has(string mark) => Array.IndexOf(_marks, mark) >= 0;

    /// <summary>Gets the chain of what a trigger raises, one of so many that fire for the event.</summary>
    public TriggerChain By(string mark, int among) => new([.. _marks, mark], Depth == 0 ? MostEvents : Math.Max(0, Left - among) / Math.Max(1, among));

    /// <summary>Gets it as it is stored; '' where no trigger led to the event.</summary>
    public override string ToString() => Depth == 0 ? string.Empty : FormattableString.Invariant($"{Depth}:{Left}:{string.Join(',', _marks)}");
}
