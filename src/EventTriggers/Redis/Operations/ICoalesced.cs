namespace EventTriggers.Redis.Operations;

/// <summary>An item that can share a call with others.</summary>
internal interface ICoalesced
{
    /// <summary>Gets the number of items that it adds to a call.</summary>
    int Count { get; }

    /// <summary>Gets the approximate number of bytes that it adds to a call.</summary>
    int Size { get; }

    /// <summary>Ends it because its call failed.</summary>
    void Fail(Exception exception);
}
