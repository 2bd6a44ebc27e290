using System.Collections.Concurrent;
using System.Reflection;

namespace EventTriggers;

/// <summary>One payload type and its wire name, as a host registered it.</summary>
internal sealed record EventTypeRegistration(Type PayloadType, string Name);

/// <summary>The wire name of each payload type. Names on the wire never become types: handlers are found by name alone.</summary>
internal sealed class EventTypes
{
    private readonly ConcurrentDictionary<Type, string> _names = new();

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
        }
    }

    public string NameOf(Type payloadType) => _names.GetOrAdd(payloadType, DefaultName);

    private static string DefaultName(Type payloadType)
    {
        var name = payloadType.GetCustomAttribute<EventTypeAttribute>()?.Name ?? payloadType.FullName;
        try
        {
            Names.ThrowIfInvalidType(name);
            return name!;
        }
        catch (ArgumentException e)
        {
            throw new InvalidOperationException($"{payloadType} has no usable wire name; give it one with AddEvent or [EventType]. {e.Message}", e);
        }
    }
}
