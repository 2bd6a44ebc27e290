using EventTriggers.Consuming.Execution;
using EventTriggers.Events;

namespace EventTriggers.DependencyInjection;

/// <summary>Registers the wire names that event types had before, and refuses what contradicts an earlier registration.</summary>
internal static class OldNameRegistrations
{
    /// <summary>Registers names of events whose payloads are the current ones.</summary>
    public static void AddAliases(IRedisTriggersBuilder builder, Type payloadType, string name, IReadOnlyCollection<string> aliases)
    {
        foreach (var alias in aliases)
        {
            NameRules.ThrowIfInvalidType(alias, nameof(aliases));
            if (alias == name)
            {
                throw new ArgumentException(
                    $"{payloadType} is event '{name}'; alsoKnownAs is for other names that its events have or had.", nameof(aliases));
            }

            Add(builder, new OldName(payloadType, alias));
        }

        var count = builder.Registered<OldName>().Count(old => old.IsAlias && old.PayloadType == payloadType);
        if (count > OldName.MostAliases)
        {
            throw new ArgumentException(
                $"An event type may have at most {OldName.MostAliases} other names (alsoKnownAs), but {payloadType} has {count}.",
                nameof(aliases));
        }
    }

    /// <summary>Registers what reads the events of a name.</summary>
    public static void AddUpcaster<TEvent>(IRedisTriggersBuilder builder, Upcaster<TEvent> upcaster)
        where TEvent : notnull
    {
        NameRules.ThrowIfInvalidType(upcaster.Name, "type");
        Add(builder, upcaster);
    }

    /// <summary>Refuses a name that another type had before.</summary>
    /// <exception cref="InvalidOperationException">Another type had the name.</exception>
    public static void ThrowIfOldNameOfAnother(IRedisTriggersBuilder builder, Type payloadType, string name)
    {
        if (builder.Registered<OldName>().FirstOrDefault(old => old.Name == name && old.PayloadType != payloadType) is { } other)
        {
            throw EventTypes.DuplicateName(name, other.PayloadType, payloadType);
        }
    }

    private static void Add(IRedisTriggersBuilder builder, OldName added)
    {
        ThrowIfOldNameOfAnother(builder, added.PayloadType, added.Name);
        var others = builder.Registered<HandlerRegistration>().Where(static handler => handler.Type is null)
            .Select(static handler => handler.PayloadType)
            .Concat(builder.Registered<EventTypeRegistration>().Select(static known => known.PayloadType));
        if (others.FirstOrDefault(
            other => other != added.PayloadType && HandlerRegistrations.NameOf(builder, other) == added.Name) is { } owner)
        {
            throw EventTypes.DuplicateName(added.Name, owner, added.PayloadType);
        }

        if (builder.Registered<OldName>().FirstOrDefault(old => old.Name == added.Name) is { } same)
        {
            if (same.IsAlias && added.IsAlias)
            {
                return;
            }

            throw new InvalidOperationException(
                $"Events '{added.Name}' of {added.PayloadType} have {(same.IsAlias ? "current payloads (alsoKnownAs)" : "an upcaster")} "
                + "already; register one upcaster for a name, or list the name in alsoKnownAs.");
        }

        builder.Register<OldName>(added);
    }
}
