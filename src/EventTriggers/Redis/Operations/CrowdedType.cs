namespace EventTriggers.Redis.Operations;

/// <summary>A type that has as many groups as it may have.</summary>
/// <param name="Type">Its name.</param>
/// <param name="Groups">How many it has.</param>
internal readonly record struct CrowdedType(string Type, int Groups);
