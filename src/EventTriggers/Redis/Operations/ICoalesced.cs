namespace EventTriggers.Redis.Operations;

/// <summary>Something that can share a call with others.</summary>
internal interface ICoalesced
{
    /// <summary>Gets how many items it adds to a call.</summary>
    int Count { get; }

    /// <summary>Gets about how many bytes it adds to a call.</summary>
    int Size { get; }

    /// <summary>Tells it that its call could not be made at all.</summary>
    void Fail(Exception exception);
}
