using System.Text.Json.Serialization;

namespace EventTriggers.Tests.Triggers.Conditions.Differential;

/// <summary>Some of <see cref="Facts"/> as required and init members.</summary>
public sealed class RequiredFacts
{
    public required int Int { get; init; }

    public required int? MaybeInt { get; init; }

    public decimal Decimal { get; init; } = 2.5m;

    public required double Double { get; init; }

    public required string? Text { get; init; }

    public string Name { get; init; } = "abc";

    public required bool Bool { get; init; }

    public bool? MaybeBool { get; init; }

    public required Color Color { get; init; }

    public Color? MaybeColor { get; init; }

    public required string[] Tags { get; init; }

    public required List<int?> MaybeInts { get; init; }

    public required List<Line> Lines { get; init; }

    public required Place Place { get; init; }

    public Guid Guid { get; init; }
}

/// <summary>Some of <see cref="Facts"/> as parameters of a constructor, with defaults.</summary>
public sealed record RecordedFacts(
    int Int, int? MaybeInt, string? Text, bool Bool, List<Line> Lines, string Name = "abc", decimal Decimal = 2.5m,
    Color Color = Color.Green, Color? MaybeColor = Color.Blue)
{
    public string[] Tags { get; init; } = ["t"];
}

/// <summary>What the source generator knows, written with its own names.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(Facts))]
[JsonSerializable(typeof(RequiredFacts))]
[JsonSerializable(typeof(RecordedFacts))]
internal sealed partial class FactsContext : JsonSerializerContext;
