using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace EventTriggers.Triggers.Matching;

/// <summary>
/// The triggers that led to an event, one after another, and how many more events it may lead to. A trigger does not fire again for an
/// event to which it led, and the number is divided among the triggers that fire: so triggers that wait for what they raise come to an end,
/// however many they are.
/// </summary>
internal sealed class TriggerChain
{
    /// <summary>The number of events to which each event that a trigger raises may lead, through further triggers.</summary>
    public const int MostEvents = 1000;

    // Enough of a hash to tell triggers apart; ids would make the field long.
    private const int MarkBytes = 6;

    private readonly string[] _marks;

    private TriggerChain(string[] marks, int left) => (_marks, Left) = (marks, left);

    /// <summary>Gets the chain of an event that no trigger led to.</summary>
    public static TriggerChain None { get; } = new([], MostEvents);

    /// <summary>Gets the number of triggers.</summary>
    public int Depth => _marks.Length;

    /// <summary>Gets the number of further events to which the event may lead.</summary>
    public int Left { get; }

    /// <summary>Makes a trigger's name in chains.</summary>
    public static string ToMark(string id) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(id)).AsSpan(0, MarkBytes));

    public static bool TryParse(string text, [NotNullWhen(true)] out TriggerChain? chain)
    {
        chain = text.Split(':') is [var depth, var left, var marks] && marks.Split(',') is var all
            && int.TryParse(depth, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count == all.Length
            && int.TryParse(left, NumberStyles.None, CultureInfo.InvariantCulture, out var events)
            && Array.TrueForAll(all, static mark => mark.Length == 2 * MarkBytes)
            ? new TriggerChain(all, events)
            : null;
        return chain is not null;
    }

    /// <summary>Tells whether a trigger led to the event.</summary>
    public bool Has(string mark) => Array.IndexOf(_marks, mark) >= 0;

    /// <summary>Tells why triggers must not fire for the event.</summary>
    /// <param name="id">The event.</param>
    /// <param name="firing">How many triggers would fire.</param>
    /// <param name="longest">The most triggers of a chain.</param>
    /// <returns>The reason; <see langword="null"/> if they may fire.</returns>
    public string? FindProblem(string id, int firing, int longest)
    {
        if (firing > 0 && Depth >= longest)
        {
            return $"A chain of {Depth} triggers led to event '{id}', and {firing} would continue it; "
                + "no chain may be longer (MaxTriggerChain). Do triggers wait for what they raise?";
        }

        return Depth > 0 && firing > Left
            ? $"A chain of {Depth} triggers led to event '{id}', for which {firing} would fire, "
                + $"but it may lead to {Left} more of the {MostEvents} events to which each event that a trigger raises "
                + "may lead. Do triggers wait for what they raise?"
            : null;
    }

    /// <summary>Makes the chain of what a trigger raises.</summary>
    /// <param name="mark">The trigger's name in chains.</param>
    /// <param name="among">How many triggers fire for the event.</param>
    public TriggerChain Through(string mark, int among) =>
        new([.. _marks, mark], Depth == 0 ? MostEvents : Math.Max(0, Left - among) / Math.Max(1, among));

    /// <summary>Writes the chain as it is stored; empty where no trigger led to the event.</summary>
    public override string ToString() =>
        Depth == 0 ? string.Empty : FormattableString.Invariant($"{Depth}:{Left}:{string.Join(',', _marks)}");
}
