using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace EventTriggers.Serialization;

/// <summary>
/// Creates the serializer options for payloads: web defaults and strict reading, except where source-generated contexts set other options.
/// </summary>
internal static class PayloadOptions
{
    private static readonly JsonSerializerOptions Unset = new();

    private static readonly Setting[] Settings =
    [
        Setting.Create(
            static options => options.AllowOutOfOrderMetadataProperties,
            static (options, value) => options.AllowOutOfOrderMetadataProperties = value),
        Setting.Create(static options => options.AllowTrailingCommas, static (options, value) => options.AllowTrailingCommas = value),
        Setting.Create(
            static options => options.AllowDuplicateProperties,
            static (options, value) => options.AllowDuplicateProperties = value),
        Setting.Create(static options => options.DefaultIgnoreCondition, static (options, value) => options.DefaultIgnoreCondition = value),
        Setting.Create(static options => options.DictionaryKeyPolicy, static (options, value) => options.DictionaryKeyPolicy = value),
        Setting.Create(static options => options.Encoder, static (options, value) => options.Encoder = value),
        Setting.Create(static options => options.IgnoreReadOnlyFields, static (options, value) => options.IgnoreReadOnlyFields = value),
        Setting.Create(
            static options => options.IgnoreReadOnlyProperties,
            static (options, value) => options.IgnoreReadOnlyProperties = value),
        Setting.Create(static options => options.IncludeFields, static (options, value) => options.IncludeFields = value),
        Setting.Create(static options => options.NumberHandling, static (options, value) => options.NumberHandling = value),
        Setting.Create(
            static options => options.PreferredObjectCreationHandling,
            static (options, value) => options.PreferredObjectCreationHandling = value),
        Setting.Create(static options => options.PropertyNamingPolicy, static (options, value) => options.PropertyNamingPolicy = value),
        Setting.Create(static options => options.ReadCommentHandling, static (options, value) => options.ReadCommentHandling = value),
        Setting.Create(static options => options.ReferenceHandler, static (options, value) => options.ReferenceHandler = value),
        Setting.Create(
            static options => options.RespectNullableAnnotations,
            static (options, value) => options.RespectNullableAnnotations = value),
        Setting.Create(
            static options => options.RespectRequiredConstructorParameters,
            static (options, value) => options.RespectRequiredConstructorParameters = value),
        Setting.Create(static options => options.UnknownTypeHandling, static (options, value) => options.UnknownTypeHandling = value),
        Setting.Create(static options => options.UnmappedMemberHandling, static (options, value) => options.UnmappedMemberHandling = value),
    ];

    /// <summary>Creates the options from the metadata of payload types.</summary>
    /// <exception cref="InvalidOperationException">Two contexts set the same option to different values.</exception>
    public static JsonSerializerOptions Create(IEnumerable<IJsonTypeInfoResolver> resolvers)
    {
        // MaxDepth stays at its default of 64, so a deeper document is rejected before it overflows the stack. Required members must be
        // present: an event of another shape becomes a dead letter with that reason, instead of a payload of nulls and defaults.
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web)
        {
            RespectNullableAnnotations = true,
            RespectRequiredConstructorParameters = true,
            AllowDuplicateProperties = false,
            TypeInfoResolver = JsonTypeInfoResolver.Combine([.. resolvers]),
        };
        var sources = new Dictionary<Setting, JsonSerializerContext>();
        foreach (var context in resolvers.SelectMany(Flatten).OfType<JsonSerializerContext>().Distinct())
        {
            CopySettings(context, options, sources);
            foreach (var converter in context.Options.Converters.Where(converter => !options.Converters.Contains(converter)))
            {
                options.Converters.Add(converter);
            }
        }

        return options;
    }

    private static void CopySettings(
        JsonSerializerContext context, JsonSerializerOptions options, Dictionary<Setting, JsonSerializerContext> sources)
    {
        foreach (var setting in Settings.Where(setting => !setting.IsSame(context.Options, Unset)))
        {
            if (sources.TryGetValue(setting, out var other) && !setting.IsSame(context.Options, other.Options))
            {
                throw new InvalidOperationException(
                    $"{other.GetType()} and {context.GetType()} write payloads in different ways "
                    + $"({setting.Describe(other.Options)}, {setting.Describe(context.Options)}). "
                    + $"Give all contexts the same [JsonSourceGenerationOptions], or register an {nameof(IEventSerializer)}.");
            }

            sources[setting] = context;
            setting.Copy(context.Options, options);
        }
    }

    // Combined resolvers are a list.
    private static IEnumerable<IJsonTypeInfoResolver> Flatten(IJsonTypeInfoResolver resolver) =>
        resolver is IEnumerable<IJsonTypeInfoResolver> chain ? chain.SelectMany(Flatten) : [resolver];

    /// <summary>One option of a serializer.</summary>
    private sealed record Setting(Func<JsonSerializerOptions, object?> Get, Action<JsonSerializerOptions, JsonSerializerOptions> Copy)
    {
        public static Setting Create<T>(Func<JsonSerializerOptions, T> get, Action<JsonSerializerOptions, T> set) =>
            new(options => get(options), (from, to) => set(to, get(from)));

        public bool IsSame(JsonSerializerOptions one, JsonSerializerOptions other) => Equals(Get(one), Get(other));

        public string Describe(JsonSerializerOptions options) => Get(options)?.ToString() ?? "null";
    }
}
