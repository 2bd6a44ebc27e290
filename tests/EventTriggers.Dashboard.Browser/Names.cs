namespace EventTriggers.Dashboard.Browser;

/// <summary>Names and texts that pages must bear.</summary>
internal static class Names
{
    /// <summary>A group, as long as one may be, without a place to break it.</summary>
    public const string LongGroup = "Donaudampfschifffahrtsgesellschaftskapitaensmuetzenabzeichenverleihungsurkunden";

    /// <summary>A type, as long as one may be.</summary>
    public static string LongType { get; } =
        "Rindfleischetikettierungsueberwachungsaufgabenuebertragungsgesetz.Grundstuecksverkehrsgenehmigungszustaendigkeits"
            .PadRight(199, 'x') + "y";

    /// <summary>A trigger, as long as its id may be.</summary>
    public static string LongTrigger { get; } = "Kraftfahrzeughaftpflichtversicherungspraemienerinnerung".PadRight(149, 'z') + "1";

    /// <summary>A key, as long as one may be.</summary>
    public static string LongKey { get; } = "Lebensversicherungsgesellschaftsangestellter".PadRight(199, 'k') + "1";

    /// <summary>A sentence of Chinese, which has no spaces to break it at.</summary>
    public const string Chinese = "银行没有回答因此付款被拒绝请稍后再试或者联系客户服务部门以获得更多帮助和信息谢谢您的耐心等待与理解支持";

    /// <summary>What would run, or end an element, where a page took it for markup.</summary>
    public const string Markup =
        "<script>window.hacked=1</script><img src=x onerror=window.hacked=1></textarea></pre></title>\" onmouseover=\"window.hacked=1";

    /// <summary>Characters that turn the direction of what follows, hide, or end a line.</summary>
    public const string Turned = "invoice\u202Efdp.exe \u2066\u2069 \u200B\u200F\u0000 end";
}
