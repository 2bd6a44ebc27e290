using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace EventTriggers.Tests.DependencyInjection;

/// <summary>What a source-generated context says about how payloads are written holds, and web defaults for the rest.</summary>
public sealed class PayloadOptionsTests
{
    private static readonly Parcel Sent = new("x", new Sender(null), Kind.Big);

    [Fact]
    public void AddRedisTriggers_ContextWithANamingPolicy_WritesAndAsksByItsNames()
    {
        var serializer = SerializerOf(SnakeContext.Default);

        Encoding.UTF8.GetString(serializer.Serialize(Sent).Span).Should().Be("""{"parcel_code":"x","sent_by":{},"kind":"Big"}""");
        Trigger.On<Parcel>().Where(p => p.ParcelCode == "x" && p.Kind == Kind.Big).ToPattern(serializer.Options!)!.ToString().Should()
            .Be("""{"parcel_code":["x"],"kind":["Big"]}""");
    }

    [Fact]
    public void AddRedisTriggers_ContextThatSaysNothing_KeepsWebDefaults() =>
        Encoding.UTF8.GetString(SerializerOf(SilentContext.Default).Serialize(Sent).Span).Should()
            .Be("""{"parcelCode":"x","sentBy":{"name":null},"kind":1}""");

    [Fact]
    public void AddRedisTriggers_ContextsCombined_HoldForEachOther()
    {
        var serializer = SerializerOf(JsonTypeInfoResolver.Combine(SilentContext.Default, SnakeContext.Default));

        Encoding.UTF8.GetString(serializer.Serialize(Sent).Span).Should().Be("""{"parcel_code":"x","sent_by":{},"kind":1}""");
    }

    [Fact]
    public void AddRedisTriggers_ContextMadeWithOptions_WritesByThem()
    {
        var context = new SilentContext(
            new JsonSerializerOptions { PropertyNamingPolicy = JsonNamingPolicy.KebabCaseLower,
                Converters = { new JsonStringEnumConverter() } });

        Encoding.UTF8.GetString(SerializerOf(context).Serialize(Sent).Span).Should()
            .Be("""{"parcel-code":"x","sent-by":{"name":null},"kind":"Big"}""");
    }

    [Fact]
    public void AddRedisTriggers_ContextsThatSayDifferentThings_AreRefusedByName()
    {
        var kebab = new SilentContext(new JsonSerializerOptions { PropertyNamingPolicy = JsonNamingPolicy.KebabCaseLower });

        FluentActions.Invoking(() => SerializerOf(SnakeContext.Default, kebab)).Should().Throw<InvalidOperationException>()
            .WithMessage("*SnakeContext*SilentContext*Kebab*");
    }

    private static IEventSerializer SerializerOf(params IJsonTypeInfoResolver[] resolvers)
    {
        var services = new ServiceCollection();
        foreach (var resolver in resolvers)
        {
            services.AddRedisTriggers(resolver);
        }

        return services.BuildServiceProvider().GetRequiredService<IEventSerializer>();
    }
}

public enum Kind
{
    Small,
    Big,
}

public sealed record Parcel(string ParcelCode, Sender SentBy, Kind Kind);

public sealed record Sender(string? Name);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true)]
[JsonSerializable(typeof(Parcel))]
internal sealed partial class SnakeContext : JsonSerializerContext;

[JsonSerializable(typeof(Parcel))]
internal sealed partial class SilentContext : JsonSerializerContext;
