using System.Collections.Concurrent;
using System.Reflection;
using EventTriggers.Diagnostics;

namespace EventTriggers.Events;

/// <summary>Maps payload types to wire names. A name on the wire never becomes a type: handlers are found by name only.</summary>
internal sealed class EventTypes
{
    private readonly ConcurrentDictionary<Type, string> _names = new();
    private readonly ConcurrentDictionary<string, Type> _types = new(StringComparer.Ordinal);
    private readonly Dictionary<string, DefaultKey> _keys = new(StringComparer.Ordinal);
    private readonly HashSet<Type> _registered;
    private readonly ILookup<Type, OldName> _oldNames;
    private readonly Dictionary<(Type PayloadType, string Name), OldName> _upcasters = [];

    /// <param name="registrations">The types that the host gave a name.</param>
    /// <param name="oldNames">The names that types had before.</param>
    /// <param name="handled">The types that the host handles by their own names.</param>
    /// <exception cref="InvalidOperationException">A type has two names, or a name two types.</exception>
    public EventTypes(
        IReadOnlyCollection<EventTypeRegistration> registrations, IReadOnlyCollection<OldName> oldNames, IEnumerable<Type> handled)
    {
        _oldNames = oldNames.ToLookup(static old => old.PayloadType);
        _registered = [.. registrations.Select(static registration => registration.PayloadType), .. handled];
        foreach (var registration in registrations)
        {
            var name = _names.GetOrAdd(registration.PayloadType, registration.Name);
            if (name != registration.Name)
            {
                throw new InvalidOperationException(
                    $"{registration.PayloadType} is registered as event '{name}' and as '{registration.Name}'; a type has one wire name.");
            }

            Claim(name, registration.PayloadType);
            if (registration.Key is { } key)
            {
                _keys[name] = key;
            }
        }

        foreach (var old in oldNames)
        {
            Claim(old.Name, old.PayloadType);
            if (!old.IsAlias)
            {
                _upcasters.Add((old.PayloadType, old.Name), old);
            }
        }
    }

    /// <summary>Gets the wire name of a payload type.</summary>
    /// <exception cref="InvalidOperationException">The type has no valid wire name, or another type has the same name.</exception>
    public string NameOf(Type payloadType) => _names.TryGetValue(payloadType, out var name) ? name : Add(payloadType);

    /// <summary>Gets the wire names of events whose payloads are of a type: the current one, and its aliases.</summary>
    /// <exception cref="InvalidOperationException">The type has no valid wire name, or another type has the same name.</exception>
    public IEnumerable<string> NamesOf(Type payloadType) =>
        [NameOf(payloadType), .. _oldNames[payloadType].Where(static old => old.IsAlias).Select(static old => old.Name)];

    /// <summary>
    /// Gets the wire names of events that can be read as a type: also those with old payloads, which an upcaster makes current.
    /// </summary>
    /// <exception cref="InvalidOperationException">The type has no valid wire name, or another type has the same name.</exception>
    public IEnumerable<string> ReadableNamesOf(Type payloadType) =>
        _oldNames[payloadType].Select(static old => old.Name).Prepend(NameOf(payloadType)).Distinct(StringComparer.Ordinal);

    /// <summary>Finds what makes the current payload of a type from the payloads of events with a wire name.</summary>
    public Upcaster<TEvent>? FindUpcaster<TEvent>(string name)
        where TEvent : notnull =>
        _upcasters.Count > 0 && _upcasters.TryGetValue((typeof(TEvent), name), out var upcaster) ? (Upcaster<TEvent>)upcaster : null;

    /// <summary>
    /// Finds what gives events of a wire name their keys; <see langword="null"/> if nothing does. It takes payloads of the type that has
    /// the name.
    /// </summary>
    public DefaultKey? FindKey(string name) => _keys.Count > 0 ? _keys.GetValueOrDefault(name) : null;

    /// <summary>
    /// Tells whether a type is an event of its own: the host gave it a name or handles it by its name, or it carries
    /// <see cref="EventTypeAttribute"/>. That it was published before does not count.
    /// </summary>
    public bool IsRegistered(Type payloadType) =>
        _registered.Contains(payloadType) || payloadType.IsDefined(typeof(EventTypeAttribute), inherit: false);

    /// <summary>Creates the exception for two types with the same wire name.</summary>
    public static InvalidOperationException DuplicateName(string name, Type one, Type other) => new(
        $"{Describe(one)} and {Describe(other)} are both event '{name}': the handlers of each would get the events of the other. "
        + "Give one of them another name with AddEvent or [EventType], or add its handlers with the wire name that they handle.");

    /// <summary>Gets the wire name of a payload type for which none is registered.</summary>
    /// <exception cref="InvalidOperationException">The type has no valid wire name.</exception>
    public static string DefaultName(Type payloadType)
    {
        var name = payloadType.GetCustomAttribute<EventTypeAttribute>()?.Name ?? payloadType.FullName;
        try
        {
            NameRules.ThrowIfInvalidType(name);
            return name!;
        }
        catch (ArgumentException e)
        {
            throw new InvalidOperationException(
                $"{payloadType} has no valid wire name; give it one with AddEvent or [EventType]. {Failures.MessageOf(e)}", e);
        }
    }

    // The assembly is included because two assemblies may have types with the same full name.
    private static string Describe(Type type) => $"{type} ({type.Assembly.GetName().Name})";

    private string Add(Type payloadType)
    {
        var name = DefaultName(payloadType);
        Claim(name, payloadType);
        return _names.GetOrAdd(payloadType, name);
    }

    // If two types had the same name, the handlers of each would get the events of the other, filled with defaults.
    private void Claim(string name, Type payloadType)
    {
        if (_types.GetOrAdd(name, payloadType) is var owner && owner != payloadType)
        {
            throw DuplicateName(name, owner, payloadType);
        }
    }
}
