namespace EventTriggers.Consuming.Execution;

/// <summary>Handlers failed on earlier attempts and are not tried again; the other handlers of the delivery have succeeded.</summary>
internal sealed class HandlerGivenUpException(string handlers)
    : Exception($"{handlers} failed on an earlier attempt and is not tried again; the other handlers have succeeded.");
