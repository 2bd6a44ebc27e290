using System.Text.Json.Serialization.Metadata;

namespace EventTriggers.Serialization;

/// <summary>What one call of AddRedisTriggers knows of payload types.</summary>
internal sealed record PayloadMetadata(IJsonTypeInfoResolver Resolver);
