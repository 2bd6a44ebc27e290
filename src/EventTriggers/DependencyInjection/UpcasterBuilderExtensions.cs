using System.Text.Json.Nodes;
using EventTriggers;
using EventTriggers.DependencyInjection;
using EventTriggers.Events;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds upcasters, which make the current payload from the payloads of old events.</summary>
public static class UpcasterBuilderExtensions
{
    /// <summary>
    /// Adds an upcaster that makes the current payload from the JSON of events with a wire name. The handlers of
    /// <typeparamref name="TEvent"/> then get these events, too.
    /// </summary>
    /// <remarks>
    /// <para>An exception of the upcaster makes the delivery a dead letter, with its payload intact. It runs once for each handler and
    /// attempt, and may change the JSON that it gets.</para>
    /// <para>The wire name may be that of <typeparamref name="TEvent"/> itself, where old and current payloads have one name: the upcaster
    /// then runs for every event of that name, and must recognize what is current.</para>
    /// </remarks>
    /// <typeparam name="TEvent">The payload's type, which the compiler infers from what the upcaster returns.</typeparam>
    /// <param name="builder">The builder.</param>
    /// <param name="type">The wire name of the old events, for example <c>order.placed.v1</c>.</param>
    /// <param name="upcast">Makes the current payload.</param>
    /// <returns>The builder.</returns>
    /// <example><code>
    /// builder.Upcast("order.placed.v1", (JsonNode old) => new OrderPlaced((int)old["number"]!, total: 0m))
    /// </code></example>
    /// <exception cref="ArgumentException">
    /// The wire name is not allowed; or <typeparamref name="TEvent"/> is a <see cref="JsonNode"/>, which says nothing about the payload.
    /// </exception>
    /// <exception cref="InvalidOperationException">
    /// Events of this name have an upcaster or are listed in <c>alsoKnownAs</c>, or another payload type has or had this wire name.
    /// </exception>
    public static IRedisTriggersBuilder Upcast<TEvent>(this IRedisTriggersBuilder builder, string type, Func<JsonNode, TEvent> upcast)
        where TEvent : notnull
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(upcast);
        if (typeof(TEvent).IsAssignableTo(typeof(JsonNode)))
        {
            throw new ArgumentException(
                $"The upcaster of '{type}' makes JSON, and nothing says for which payload type. Name it: "
                + $"Upcast<OrderPlaced>(\"{type}\", …).",
                nameof(upcast));
        }

        OldNameRegistrations.AddUpcaster(builder, new PayloadUpcaster<TEvent>(type, upcast));
        return builder;
    }

    /// <summary>
    /// Adds an upcaster that makes the JSON of the current payload from that of events with a wire name. The result is read like any other
    /// payload.
    /// </summary>
    /// <remarks><inheritdoc cref="Upcast{TEvent}(IRedisTriggersBuilder, string, Func{JsonNode, TEvent})" path="/remarks"/></remarks>
    /// <typeparam name="TEvent">The payload's type.</typeparam>
    /// <param name="builder">The builder.</param>
    /// <param name="type">The wire name of the old events, for example <c>order.placed.v1</c>.</param>
    /// <param name="upcast">Makes the JSON of the current payload. It may change the JSON that it gets, and return it.</param>
    /// <returns>The builder.</returns>
    /// <example><code>
    /// builder.Upcast&lt;OrderPlaced&gt;("order.placed.v1", old => { old["total"] ??= 0; return old; })
    /// </code></example>
    /// <exception cref="ArgumentException">The wire name is not allowed.</exception>
    /// <exception cref="InvalidOperationException">
    /// Events of this name have an upcaster or are listed in <c>alsoKnownAs</c>, or another payload type has or had this wire name.
    /// </exception>
    public static IRedisTriggersBuilder Upcast<TEvent>(this IRedisTriggersBuilder builder, string type, Func<JsonNode, JsonNode> upcast)
        where TEvent : notnull
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(upcast);
        OldNameRegistrations.AddUpcaster(builder, new JsonUpcaster<TEvent>(type, upcast));
        return builder;
    }
}
