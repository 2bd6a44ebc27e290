using System.Collections.Concurrent;
using System.Reflection;
using EventTriggers.Diagnostics;

namespace EventTriggers.Events;

/// <summary>Maps payload types to wire names. A name on the wire never becomes a type: handlers are found by name only.</summary>
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
    /// <exception cref="InvalidOperationException">The type has no valid wire name, or another type has the same name.</exception>
    public string NameOf(Type payloadType) => _names.TryGetValue(payloadType, out var name) ? name : Add(payloadType);

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
