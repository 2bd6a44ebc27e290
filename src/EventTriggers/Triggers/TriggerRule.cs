namespace EventTriggers;

/// <summary>What every trigger can be given. Each call returns a new value; the one it is called on stays as it is.</summary>
/// <typeparam name="TRule">The type that the calls return.</typeparam>
public abstract class TriggerRule<TRule>
    where TRule : TriggerRule<TRule>
{
    private protected TriggerRule(TriggerDefinition definition) => Definition = definition;

    internal TriggerDefinition Definition { get; }

    /// <summary>Gives the trigger an id.</summary>
    /// <param name="id">1–150 characters of <c>A–Z a–z 0–9 . _ : / -</c>. The default is a new id.</param>
    /// <returns>The trigger with the id.</returns>
    /// <exception cref="ArgumentException">The id is not allowed.</exception>
    public TRule WithId(string id)
    {
        Names.ThrowIfInvalid(new TriggerId(id), nameof(id));
        return With(Definition with { Id = new TriggerId(id) });
    }

    /// <summary>Tags the trigger, so that it can be listed by <see cref="TriggerQuery.Tag"/>.</summary>
    /// <param name="tags">Each 1–100 characters of <c>A–Z a–z 0–9 . _ : / -</c>; added to the tags it has; at most 16 in all.</param>
    /// <returns>The trigger with the tags.</returns>
    /// <exception cref="ArgumentException">A tag is not allowed, or there are too many.</exception>
    public TRule Tagged(params string[] tags)
    {
        ArgumentNullException.ThrowIfNull(tags);
        foreach (var tag in tags)
        {
            Names.ThrowIfInvalidTag(tag, nameof(tags));
        }

        string[] all = [.. Definition.Tags.Union(tags, StringComparer.Ordinal)];
        return all.Length <= 16
            ? With(Definition with { Tags = all })
            : throw new ArgumentException($"A trigger may have at most 16 tags, but has {all.Length}.", nameof(tags));
    }

    /// <summary>Ends the trigger after a number of firings.</summary>
    /// <param name="count">How often it fires at most; positive. The default is once for a moment, and any number for events.</param>
    /// <returns>The trigger with the limit.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The count is not positive.</exception>
    public TRule Times(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        return With(Definition with { FiresAtMost = count });
    }

    /// <summary>Ends the trigger at a moment: what is due, or published, later does not fire it.</summary>
    /// <param name="last">The last moment, included, to the millisecond.</param>
    /// <returns>The trigger with the limit.</returns>
    public TRule Until(DateTimeOffset last) => With(Definition with { Last = last });

    /// <summary>Chooses what to do when an active or paused trigger of the same id, defined otherwise, exists.</summary>
    /// <param name="conflict">What to do. The default is <see cref="OnConflict.Throw"/>.</param>
    /// <returns>The trigger with the choice.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The choice is not one of the enumeration.</exception>
    public TRule IfExists(OnConflict conflict)
    {
        if (!Enum.IsDefined(conflict))
        {
            throw new ArgumentOutOfRangeException(nameof(conflict), conflict, "Must be Throw, Keep or Replace.");
        }

        return With(Definition with { Conflict = conflict });
    }

    private protected abstract TRule With(TriggerDefinition definition);
}
