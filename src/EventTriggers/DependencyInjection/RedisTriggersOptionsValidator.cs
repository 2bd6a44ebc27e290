using Microsoft.Extensions.Options;

namespace EventTriggers;

/// <summary>Checks each property by its attributes; the code is generated.</summary>
[OptionsValidator]
internal sealed partial class RedisTriggersOptionsValidator : IValidateOptions<RedisTriggersOptions>;
