namespace EventTriggers;

/// <summary>One field that a pattern names, and the value that a payload has there.</summary>
public sealed class FieldExplanation
{
    /// <summary>
    /// Gets the place in the payload, such as <c>$.lines[2].sku</c>: in an array, the element that met the constraint, or that comes
    /// nearest to meeting all constraints on the array.
    /// </summary>
    public required string Path { get; init; }

    /// <summary>Gets the allowed values, as the pattern lists them; at most 200 characters, longer lists end with '…'.</summary>
    public required string Wanted { get; init; }

    /// <summary>
    /// Gets the value of the payload, as JSON; at most 200 characters, longer values end with '…'. <see langword="null"/> if the payload
    /// has none.
    /// </summary>
    public string? Found { get; init; }

    /// <summary>Gets a value indicating whether the payload meets the constraint.</summary>
    public required bool Holds { get; init; }
}
