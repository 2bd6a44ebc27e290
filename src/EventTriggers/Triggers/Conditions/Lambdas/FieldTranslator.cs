using System.Linq.Expressions;

namespace EventTriggers.Triggers.Conditions.Lambdas;

/// <summary>
/// Translates tests of single values of the payload: comparisons, booleans, calls, and membership in a collection of the program.
/// </summary>
internal sealed class FieldTranslator(JsonNames names)
{
    private readonly PathReader _paths = new(names);
    private readonly CallTranslator _calls = new(names);

    public Formula Translate(Expression expression, Scope scope, bool isNegated) => expression switch
    {
        BinaryExpression { NodeType: ExpressionType.Equal } equal => TranslateEquality(equal, "op_Equality", scope, isNegated),
        BinaryExpression { NodeType: ExpressionType.NotEqual } unequal => TranslateEquality(unequal, "op_Inequality", scope, !isNegated),
        BinaryExpression { NodeType: ExpressionType.LessThan } less => TranslateOrder(less, "<", "op_LessThan", scope, isNegated),
        BinaryExpression { NodeType: ExpressionType.LessThanOrEqual } less =>
            TranslateOrder(less, "<=", "op_LessThanOrEqual", scope, isNegated),
        BinaryExpression { NodeType: ExpressionType.GreaterThan } more => TranslateOrder(more, ">", "op_GreaterThan", scope, isNegated),
        BinaryExpression { NodeType: ExpressionType.GreaterThanOrEqual } more =>
            TranslateOrder(more, ">=", "op_GreaterThanOrEqual", scope, isNegated),
        MemberExpression { Member.Name: nameof(Nullable<>.HasValue), Expression: { } nullable }
            when Nullable.GetUnderlyingType(nullable.Type) is not null => TestsOf(nullable, scope).IsNull(!isNegated),
        MethodCallExpression call => _calls.Translate(call, scope, isNegated),
        _ when PathReader.LeadsFrom(scope, expression) => TestsOf(expression, scope).In([true], ignoresCase: false, isNegated),
        _ => throw Untranslatable.Create(expression),
    };

    private Formula TranslateEquality(BinaryExpression comparison, string method, Scope scope, bool isNegated)
    {
        var (path, value, _) = SidesOf(comparison, method, scope);
        var field = _paths.Read(path, scope);
        var tests = new FieldTests(names.Values, field);
        return value is null ? tests.IsNull(isNegated)
            : tests.In(PlainTypes.TryNarrow(value, field.PlainType, out var narrow) ? [narrow] : [], ignoresCase: false, isNegated);
    }

    private Formula TranslateOrder(BinaryExpression comparison, string op, string method, Scope scope, bool isNegated)
    {
        var (path, value, isMirrored) = SidesOf(comparison, method, scope);
        return value is not null
            ? TestsOf(path, scope).Order(isMirrored ? Mirror(op) : op, value, isNegated)
            : throw Untranslatable.Create(comparison, "No value is less or greater than null");
    }

    private FieldTests TestsOf(Expression path, Scope scope) => new(names.Values, _paths.Read(path, scope));

    private static (Expression Path, object? Value, bool IsMirrored) SidesOf(
        BinaryExpression comparison, string method, Scope scope)
    {
        var isMirrored = !PathReader.LeadsFrom(scope, comparison.Left);
        var (path, other) = isMirrored ? (comparison.Right, comparison.Left) : (comparison.Left, comparison.Right);
        if (!PathReader.LeadsFrom(scope, path) || !ClosureValues.TryEvaluate(other, out var value))
        {
            throw Untranslatable.Create(
                comparison, "A comparison needs a member on one side, and a value that does not depend on the payload on the other");
        }

        return IsKnown(comparison, method, PlainTypes.Below(path.Type), value) ? (path, value, isMirrored)
            : throw Untranslatable.Create(comparison, $"The meaning of the operator for {path.Type} is not known");
    }

    private static bool IsKnown(BinaryExpression comparison, string method, Type type, object? value) => comparison.Method is { } by
        ? by.Name == method
            && by.DeclaringType == type
            && (PlainTypes.HasOperators(type) || (value is null && PlainTypes.IsOpaqueText(type)))
        : PlainTypes.IsNumber(type) || type.IsEnum || type == typeof(bool) || type == typeof(char) || value is null;

    private static string Mirror(string op) => op switch { "<" => ">", "<=" => ">=", ">" => "<", _ => "<=" };
}
