using System.Text;
using EventTriggers.Dashboard.Access;

namespace EventTriggers.Dashboard.Api;

/// <summary>Shows payloads and headers to one user: redacted, or not at all.</summary>
internal sealed class PayloadViews(Redactor redactor, bool isAllowed)
{
    private const int MaxBytes = 256 * 1024;

    public bool IsAllowed => isAllowed;

    public PayloadView From(ReadOnlyMemory<byte> payload)
    {
        if (!isAllowed)
        {
            return new PayloadView { Bytes = payload.Length, Hidden = "You may not see payloads here." };
        }

        if (!redactor.TryRedact(payload, out var bytes))
        {
            return new PayloadView
            {
                Bytes = payload.Length,
                Hidden = "The payload cannot be parsed, so the values that must not be seen cannot be taken out of it.",
            };
        }

        return new PayloadView
        {
            Bytes = payload.Length,
            IsCut = bytes.Length > MaxBytes,
            Text = Encoding.UTF8.GetString(bytes.AsSpan(0, Math.Min(bytes.Length, MaxBytes))),
        };
    }

    /// <summary>Shows one value of a payload.</summary>
    /// <param name="path">Where it is, for example <c>$.lines[2].sku</c> or <c>order.id</c>.</param>
    /// <param name="value">The value, as JSON.</param>
    public string? ValueAt(string path, string? value) =>
        !isAllowed ? null : value is null || !redactor.Covers(path, value) ? value : Redactor.Mark;

    /// <summary>Shows what a value must be; that it is, would tell the value itself.</summary>
    /// <param name="path">Where the value is.</param>
    /// <param name="wanted">What it must be.</param>
    public string WantedAt(string path, string wanted) => !isAllowed || redactor.Covers(path) ? Redactor.Mark : wanted;

    /// <summary>Shows JSON that is written with a payload in mind, such as a template.</summary>
    public PayloadView? From(string? json) => json is null ? null : From(Encoding.UTF8.GetBytes(json));

    public IReadOnlyDictionary<string, string>? From(IReadOnlyDictionary<string, string>? headers) =>
        headers is not null && isAllowed ? redactor.Redact(headers) : null;

    /// <summary>Shows which events cancel a trigger, with their pattern for those who may see it.</summary>
    public CancelOnRecord? From(CancelOnRecord? rule) => rule is null ? null : new CancelOnRecord
    {
        Type = rule.Type,
        Aliases = rule.Aliases,
        Pattern = From(rule.Pattern)?.Text,
    };

    /// <summary>Shows a rule over time to those who may see patterns.</summary>
    public OverTimeRecord? From(OverTimeRecord? rule) => rule is null || !isAllowed ? null : new OverTimeRecord
    {
        Kind = rule.Kind,
        Count = rule.Count,
        Span = rule.Span,
        MaxWait = rule.MaxWait,
        Per = rule.Per,
        NextType = rule.NextType,
        NextAliases = rule.NextAliases,
        NextPattern = From(rule.NextPattern)?.Text,
        NextPer = rule.NextPer,
        DistinctBy = rule.DistinctBy,
        DistinctSpan = rule.DistinctSpan,
        AtMost = rule.AtMost,
        AtMostSpan = rule.AtMostSpan,
    };
}
