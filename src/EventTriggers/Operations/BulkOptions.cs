namespace EventTriggers;

/// <summary>How a bulk operation is run.</summary>
public sealed class BulkOptions
{
    /// <summary>
    /// Gets the operation's id, of 1 to 100 characters of <c>A–Z a–z 0–9 . _ : / -</c>. A call that is repeated with the id and the same
    /// query begins no second operation.
    /// </summary>
    /// <value>The default is a new id.</value>
    public string? Id { get; init; }

    /// <summary>
    /// Gets the most events or triggers that are changed in a second, over all partitions, 1 to 1,000,000. Each partition has an equal
    /// share. A tenth of a second's share may be changed at once, at least one.
    /// </summary>
    /// <value>The default is as quickly as consumers can, in steps of at most 100.</value>
    public int? RatePerSecond { get; init; }

    /// <summary>Gets who begins it, of 1 to 200 characters: it is kept with the operation.</summary>
    /// <value>The default is nothing.</value>
    public string? By { get; init; }
}
