using System.Globalization;
using EventTriggers.Events;

namespace EventTriggers;

/// <summary>
/// Makes an event unique work: of the events that bear one name, at most one runs at a time, and at most one waits for it.
/// </summary>
/// <remarks>
/// A name is unique within the key of its events, if they have one (<see cref="PublishOptions.Key"/>), and otherwise in the whole bus. It
/// is for all types of events. Names that are held for a time are apart from the others.
/// </remarks>
/// <example><code>
/// new PublishOptions { Unique = Unique.By("deploy-api").Otherwise(WhenTaken.QueueOne) }
/// </code></example>
public sealed class Unique
{
    // As for the other spans of an event.
    private static readonly TimeSpan LongestWindow = TimeSpan.FromDays(3650);

    private readonly UniqueUntil _until;
    private readonly TimeSpan? _window;
    private readonly WhenTaken _otherwise;

    private Unique(string name, UniqueUntil until, TimeSpan? window, WhenTaken otherwise) =>
        (Name, _until, _window, _otherwise) = (name, until, window, otherwise);

    /// <summary>Gets the name.</summary>
    public string Name { get; }

    /// <summary>
    /// Makes an event unique by a name, until it is handled (<see cref="UniqueUntil.Handled"/>). While another event holds the name, this
    /// one is not published (<see cref="WhenTaken.Keep"/>).
    /// </summary>
    /// <param name="name">
    /// The name: 1–200 characters of <c>A–Z a–z 0–9 . _ : -</c>. An event without a key and without an id of its own gets the id
    /// <c>name/</c> and 22 characters, so that all events with the name live in one partition.
    /// </param>
    /// <returns>What <see cref="PublishOptions.Unique"/> takes.</returns>
    /// <exception cref="ArgumentException">It is not a name.</exception>
    public static Unique By(string name)
    {
        NameRules.ThrowIfInvalidName(name);
        return new Unique(name, UniqueUntil.Handled, null, WhenTaken.Keep);
    }

    /// <summary>Changes until when the event holds the name.</summary>
    /// <param name="until">The default is <see cref="UniqueUntil.Handled"/>.</param>
    /// <returns>A copy with the change.</returns>
    /// <exception cref="ArgumentOutOfRangeException">It is not one of the enum.</exception>
    /// <exception cref="ArgumentException">
    /// It is <see cref="UniqueUntil.Started"/> with <see cref="WhenTaken.QueueOne"/> or <see cref="WhenTaken.CancelRunning"/>: what has
    /// started does not hold the name.
    /// </exception>
    public Unique Until(UniqueUntil until) => Enum.IsDefined(until)
        ? Checked(new Unique(Name, until, null, _otherwise), nameof(until))
        : throw new ArgumentOutOfRangeException(
            nameof(until), until, $"An event holds its name until {nameof(UniqueUntil.Handled)} or {nameof(UniqueUntil.Started)}.");

    /// <summary>Makes the event hold the name for a time from its acceptance, whatever becomes of it.</summary>
    /// <param name="window">From 1 ms to 3650 days, rounded up to the millisecond.</param>
    /// <returns>A copy with the change.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The time is out of range.</exception>
    /// <exception cref="ArgumentException">
    /// It is combined with <see cref="WhenTaken.QueueOne"/> or <see cref="WhenTaken.CancelRunning"/>: the name is held even when the event
    /// has ended.
    /// </exception>
    public Unique Until(TimeSpan window) => window >= TimeSpan.FromMilliseconds(1) && window <= LongestWindow
        ? Checked(new Unique(Name, UniqueUntil.Handled, window, _otherwise), nameof(window))
        : throw new ArgumentOutOfRangeException(
            nameof(window), window, $"The time for which a name is held must be between 1 ms and {LongestWindow}, but is {window}.");

    /// <summary>Changes what happens while another event holds the name.</summary>
    /// <param name="otherwise">The default is <see cref="WhenTaken.Keep"/>.</param>
    /// <returns>A copy with the change.</returns>
    /// <exception cref="ArgumentOutOfRangeException">It is not one of the enum.</exception>
    /// <exception cref="ArgumentException">
    /// It is <see cref="WhenTaken.QueueOne"/> or <see cref="WhenTaken.CancelRunning"/>, which need <see cref="UniqueUntil.Handled"/>.
    /// </exception>
    public Unique Otherwise(WhenTaken otherwise) => Enum.IsDefined(otherwise)
        ? Checked(new Unique(Name, _until, _window, otherwise), nameof(otherwise))
        : throw new ArgumentOutOfRangeException(
            nameof(otherwise), otherwise, $"It must be one of {string.Join(", ", Enum.GetNames<WhenTaken>())}.");

    /// <summary>Describes it in words.</summary>
    /// <returns>The name, until when it is held, and what happens otherwise.</returns>
    public override string ToString() => $"{Name} until {Held}, otherwise {_otherwise}";

    /// <summary>Writes it as take_name() in _unique_publishing.lua takes it: within the key of its event, if that has one.</summary>
    internal string ToArgument(string? key)
    {
        var until = _window is { } window
            ? ((long)Math.Ceiling(window.TotalMilliseconds)).ToString(CultureInfo.InvariantCulture)
            : _until == UniqueUntil.Started ? "started" : "handled";
        var otherwise = _otherwise switch
        {
            WhenTaken.Replace => "replace",
            WhenTaken.QueueOne => "queue",
            WhenTaken.CancelRunning => "cancel",
            _ => "keep",
        };
        return key is null ? $"{until} {otherwise} {Name}" : $"{until} {otherwise} {key}/{Name}";
    }

    private string Held => _window is { } window ? window.ToString() : _until.ToString();

    private static Unique Checked(Unique one, string parameter)
    {
        var needsHandled = one._otherwise is WhenTaken.QueueOne or WhenTaken.CancelRunning;
        return needsHandled && (one._window is not null || one._until != UniqueUntil.Handled)
            ? throw new ArgumentException(
                $"WhenTaken.{one._otherwise} waits for a running event, so it needs UniqueUntil.Handled; with '{one.Held}' use "
                + $"{nameof(WhenTaken.Keep)} or {nameof(WhenTaken.Replace)}.",
                parameter)
            : one;
    }
}
