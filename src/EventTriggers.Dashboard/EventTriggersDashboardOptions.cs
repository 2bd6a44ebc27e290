namespace EventTriggers;

/// <summary>Settings of a dashboard.</summary>
public sealed class EventTriggersDashboardOptions
{
    /// <summary>
    /// Gets or sets the authorization policy of those who may change something: pause, redrive, cancel, fire and the like.
    /// </summary>
    /// <value>The default is <see langword="null"/>: everyone who may see the dashboard.</value>
    public string? ChangePolicy { get; set; }

    /// <summary>
    /// Gets or sets the authorization policy of those who may see payloads and headers of events. For all others they are left out, and so
    /// are the patterns and templates of triggers.
    /// </summary>
    /// <value>The default is <see langword="null"/>: everyone who may see the dashboard.</value>
    public string? PayloadPolicy { get; set; }

    /// <summary>Gets the members of payloads whose values are never sent to a browser.</summary>
    /// <remarks>
    /// A path is the names of the members, with dots between them. Arrays need no segment: <c>items.price</c> is the price of every item.
    /// <c>*</c> is one member of any name, <c>**</c> any number of them: <c>**.password</c> is every member of that name. Upper and lower
    /// case are not told apart. The value of the member, whatever it is, is replaced by <c>"[redacted]"</c>. A payload that cannot be
    /// parsed is not sent at all if there is a path.
    /// </remarks>
    /// <value>The default is empty.</value>
    public ICollection<string> RedactedPaths { get; } = [];

    /// <summary>Gets the names of headers whose values are never sent to a browser. Upper and lower case are not told apart.</summary>
    /// <value>The default is <c>authorization</c>, <c>cookie</c>, <c>set-cookie</c> and <c>x-api-key</c>.</value>
    public ICollection<string> RedactedHeaders { get; } = ["authorization", "cookie", "set-cookie", "x-api-key"];

    /// <summary>Gets or sets a value indicating whether the dashboard refuses every change, whoever asks for it.</summary>
    /// <value>The default is <see langword="false"/>.</value>
    public bool IsReadOnly { get; set; }

    /// <summary>Gets or sets the key of the bus that is shown, as it was given to <c>AddKeyedRedisTriggers</c>.</summary>
    /// <value>The default is <see langword="null"/>: the default bus.</value>
    public string? ServiceKey { get; set; }
}
