namespace EventTriggers.Redis.Operations;

/// <summary>publish_unique.lua: accepts events of which some are unique work.</summary>
internal sealed class PublishUniqueRequest : PublishRequest
{
    public override Script Script => Script.PublishUnique;
}
