using EventTriggers.Diagnostics;
using EventTriggers.Redis;

namespace EventTriggers.Events;

/// <summary>Finds the keys of published events, and checks that all events of a key live in one partition.</summary>
internal sealed class EventKeys(RedisTriggersOptions settings, EventTypes types)
{
    // The maximum length of a message from the caller's code.
    private const int MaxReasonLength = 400;

    /// <summary>Gets the key that the type of a payload gives its event; <see langword="null"/> for none.</summary>
    /// <param name="type">The wire name.</param>
    /// <param name="payload">The payload.</param>
    /// <exception cref="ArgumentException">The type's function threw, or what it returned is not a key.</exception>
    public string? DefaultOf<TEvent>(string type, TEvent payload)
        where TEvent : notnull
    {
        if (types.FindKey(type) is not { } known)
        {
            return null;
        }

        string? key;
        try
        {
            key = known.Of(payload);
        }
        catch (Exception e)
        {
            // It is the caller's code. Nothing was written.
            throw new ArgumentException(
                $"The key of event '{type}' could not be found in its payload: the function that AddEvent was given threw "
                + Failures.Describe(e, MaxReasonLength), nameof(payload), e);
        }

        return key is not null && NameRules.KeyProblem(key) is { } problem
            ? throw new ArgumentException(
                $"The function that AddEvent was given for the key of event '{type}' returned what is not a key. {problem}",
                nameof(payload))
            : key;
    }

    /// <summary>Checks a key that the options name.</summary>
    /// <exception cref="ArgumentException">It is not a key.</exception>
    public static void Check(PublishOptions? options)
    {
        if (options?.Key is { } key)
        {
            NameRules.ThrowIfInvalidKey(key, nameof(options));
        }
    }

    /// <summary>Checks that an event lives in the partition of its key.</summary>
    /// <param name="key">The key.</param>
    /// <param name="options">The options of the event.</param>
    /// <param name="parent">The id of the event that it follows; <see langword="null"/> for none.</param>
    /// <exception cref="ArgumentException">It would live in another one.</exception>
    public void ThrowIfApart(string key, PublishOptions? options, string? parent)
    {
        // With one partition nothing is apart.
        if (settings.Partitions == 1)
        {
            return;
        }

        var given = options?.Key is null ? $"'{key}', by the function that AddEvent was given" : $"'{key}'";
        if (parent is not null && !Routing.KeyOf(parent).SequenceEqual(key))
        {
            throw new ArgumentException(
                $"With {settings.Partitions} partitions, the key of a follow-up must be '{Routing.KeyOf(parent)}', with which the id of "
                + $"the event that it follows begins, because it is recorded in the partition of that event, but is {given}. Publish an "
                + "event with another key through IEventBus.",
                nameof(options));
        }

        if (options?.Id is { } id && !(id.Length > key.Length && id[key.Length] == '/' && id.StartsWith(key, StringComparison.Ordinal)))
        {
            throw new ArgumentException(
                $"With {settings.Partitions} partitions, the id of an event with a key must begin with the key and a '/', so that all "
                + $"events of the key live in one partition, but the id is '{id}' and the key is {given}.",
                nameof(options));
        }
    }

    /// <summary>Checks that an event without a key lives in the partition of its name.</summary>
    /// <param name="name">The name.</param>
    /// <param name="id">The id of the event, or of the event that it follows.</param>
    /// <param name="isFollowUp">Whether it is that of the event that it follows.</param>
    /// <exception cref="ArgumentException">It would live in another one.</exception>
    public void ThrowIfNameIsApart(string name, string id, bool isFollowUp)
    {
        if (settings.Partitions == 1 || (Routing.KeyOf(id).SequenceEqual(name) && (isFollowUp || id.Length > name.Length)))
        {
            return;
        }

        throw new ArgumentException(
            isFollowUp
                ? $"With {settings.Partitions} partitions, the name of a follow-up without a key must be '{Routing.KeyOf(id)}', with "
                    + "which the id of the event that it follows begins, because it is recorded in the partition of that event, but is "
                    + $"'{name}'. Publish an event with another name through IEventBus."
                : $"With {settings.Partitions} partitions, the id of an event with a name and without a key must begin with the name and a "
                    + $"'/', so that all events with the name live in one partition, but the id is '{id}' and the name is '{name}'.",
            nameof(name));
    }
}
