using System.Text.Json.Serialization.Metadata;

namespace EventTriggers.Serialization;

/// <summary>The metadata of payload types from one call of AddRedisTriggers.</summary>
internal sealed record PayloadMetadata(IJsonTypeInfoResolver Resolver);
