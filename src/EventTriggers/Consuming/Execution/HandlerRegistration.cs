namespace EventTriggers.Consuming.Execution;

/// <summary>One handler of one event type, as a host registered it.</summary>
internal abstract class HandlerRegistration(string? name, string? type)
{
    /// <summary>
    /// Gets the handler's name, which is recorded with its success; <see langword="null"/> for delegates, which are numbered.
    /// </summary>
    public string? Name => name;

    /// <summary>Gets the wire name that was given; <see langword="null"/> for that of the payload type.</summary>
    public string? Type => type;

    /// <summary>Gets the handler's group; <see langword="null"/> for the default one.</summary>
    public string? Group { get; init; }

    /// <summary>Gets the handler's own options.</summary>
    public HandlerOptions Options { get; init; } = new();

    public abstract Type PayloadType { get; }

    /// <summary>Reads the payload. An exception makes the delivery a dead letter.</summary>
    public abstract EventContext Open(HandlerProgress run);

    /// <summary>Makes the handler, so that missing services are noticed at the start.</summary>
    public virtual void Resolve(IServiceProvider services)
    {
    }
}

/// <summary>The part that every handler of a payload type shares.</summary>
internal abstract class HandlerRegistration<TEvent>(string? name, string? type) : HandlerRegistration(name, type)
    where TEvent : notnull
{
    public override Type PayloadType => typeof(TEvent);

    public override EventContext Open(HandlerProgress run) => new EventContext<TEvent>(Read(run.Lease.Delivery, run.Services), run);

    private static TEvent Read(Delivery delivery, HandlerServices services)
    {
        if (services.Types.FindUpcaster<TEvent>(delivery.Type) is not { } upcaster)
        {
            return services.Serializer.Deserialize<TEvent>(delivery.Json);
        }

        try
        {
            return upcaster.Read(delivery.Json, services.Serializer);
        }
        catch (Exception e)
        {
            // Whatever the host's upcaster throws: the bytes stay as they are, so no attempt can read them.
            throw new UnreadablePayloadException(delivery.Type, typeof(TEvent), e);
        }
    }
}
