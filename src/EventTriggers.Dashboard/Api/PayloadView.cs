namespace EventTriggers.Dashboard.Api;

/// <summary>A payload as far as it may be seen.</summary>
internal sealed class PayloadView
{
    /// <summary>Gets the text; <see langword="null"/> if it must not be seen.</summary>
    public string? Text { get; init; }

    public required int Bytes { get; init; }

    /// <summary>Gets a value indicating whether the text ends before the payload does.</summary>
    public bool IsCut { get; init; }

    /// <summary>Gets why there is no text.</summary>
    public string? Hidden { get; init; }
}
