namespace EventTriggers.DependencyInjection;

/// <summary>A group of this host beside the default one, as the host registered it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Options">What the host sets in code.</param>
/// <param name="RetryPolicy">Its retry policy; <see langword="null"/> for the host's.</param>
internal sealed record GroupRegistration(string Name, GroupOptions Options, IRetryPolicy? RetryPolicy);
