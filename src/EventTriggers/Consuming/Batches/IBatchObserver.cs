namespace EventTriggers.Consuming.Batches;

/// <summary>Sees batch handlers begin and end, where middleware would see other handlers; for the test kit.</summary>
internal interface IBatchObserver
{
    /// <summary>Notes that a handler begins with an event.</summary>
    void Begin(EventContext context);

    /// <summary>Notes that it is done with the event.</summary>
    void End(EventContext context, Exception? failure);
}
