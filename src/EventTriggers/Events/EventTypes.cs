using System.Collections.Concurrent;
using System.Reflection;
using EventTriggers.Diagnostics;

namespace EventTriggers.Events;

/// <summary>The wire name of each payload type. Names on the wire never become types: handlers are found by name alone.</summary>
internal sealed class EventTypes
{
    private readonly ConcurrentDictionary<Type, string> _names = new();
    private readonly ConcurrentDictionary<string, Type> _types = new(StringComparer.Ordinal);

    public EventTypes(IEnumerable<EventTypeRegistration> registrations)
    {
        foreach (var registration in registrations)
        {
            var name = _names.GetOrAdd(registration.PayloadType, registration.Name);
            if (name != registration.Name)
            {
                throw new InvalidOperationException(
                    $"{registration.PayloadType} is registered as event '{name}' and as '{registration.Name}'; a type has one wire name.");
            }

            Claim(name, registration.PayloadType);
        }
    }

    /// <summary>Gets the wire name of a payload type.</summary>
    /// <exception cref="InvalidOperationException">It has none that is allowed, or another type has it.</exception>
    public string NameOf(Type payloadType) => _names.TryGetValue(payloadType, out var name) ? name : Add(payloadType);

    /// <summary>Says that two types have one name.</summary>
    public static InvalidOperationException Twice(string name, Type one, Type other) => new(
        $"{Told(one)} and {Told(other)} are both event '{name}': the handlers of each would get the events of the other. Give one of them another name with AddEvent or [EventType], or add its handlers "
        + "with the wire name that they are to handle.");

    /// <summary>Gets the wire name that a payload type has where none is registered.</summary>
    /// <exception cref="InvalidOperationException">It has none that is allowed.</exception>
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
            throw new InvalidOperationException($"{payloadType} has no usable wire name; give it one with AddEvent or [EventType]. {Failures.MessageOf(e)}", e);
        }
    }

    // With its assembly: two may have types of one full name.
    private static string Told(Type type) => $"{type} ({type.Assembly.GetName().Name})";

    private string Add(Type payloadType)
    {
        var name = DefaultName(payloadType);
        Claim(name, payloadType);
        return _names.GetOrAdd(payloadType, name);
    }

    // Of two types with one name, each one's handlers would get the other's events, filled with defaults.
    private void Claim(string name, Type payloadType)
    {
        if (_types.GetOrAdd(name, payloadType) is var owner && owner != payloadType)
        {
            throw Twice(name, owner, payloadType);
        }
    }
}
