using System.Text.Json.Serialization;

namespace EventTriggers.Benchmarks;

/// <summary>What every figure publishes: 100 bytes of JSON.</summary>
/// <param name="At">A moment by the machine's monotonic clock, which its processes share, lifted so that it always has 18 digits.</param>
/// <param name="Text">What fills it up.</param>
[EventType(TypeName)]
internal sealed record Payload(long At, string Text)
{
    public const string TypeName = "bench.event";

    private const long Lift = 100_000_000_000_000_000;
    private static readonly string Filling = new('x', 66);

    [JsonIgnore]
    public long Timestamp => At - Lift;

    public static Payload Of(long timestamp) => new(Lift + timestamp, Filling);
}
