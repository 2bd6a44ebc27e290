using System.Collections;
using System.Globalization;
using System.Linq.Expressions;

namespace EventTriggers;

/// <summary>Translates tests of single members.</summary>
internal sealed class FieldTranslator(JsonNames names)
{
    public Formula Translate(Expression expression, Scope scope, bool isNegated) => expression switch
    {
        BinaryExpression comparison when OperatorOf(comparison.NodeType) is { } op => TranslateComparison(comparison, op, scope, isNegated),
        MemberExpression { Member.Name: "HasValue", Expression: { } nullable } when Nullable.GetUnderlyingType(nullable.Type) is not null && scope.Names(nullable) =>
            Test(nullable, scope, new FieldTests(names, MemberOf(nullable)).IsNull(isNegated)),
        MemberExpression member when member.Type == typeof(bool) && scope.Names(member) =>
            Test(member, scope, new FieldTests(names, MemberOf(member)).Compare("=", !isNegated)!),
        MethodCallExpression call => TranslateCall(call, scope, isNegated),
        _ => throw LambdaTranslator.Refuse(expression),
    };

    /// <summary>Asks for an element of a collection of values.</summary>
    public Formula Element(FieldName collection, object? value) =>
        Formula.Of(collection, value is null ? FieldOption.Null : FieldOption.Exactly(names.Write(value, member: null)));

    /// <summary>Gets the field that a member is.</summary>
    public FieldName NameOf(Expression expression, Scope scope) => expression switch
    {
        ParameterExpression => scope.Field,
        MemberExpression { Member.Name: "Value", Expression: { } nullable } when Nullable.GetUnderlyingType(nullable.Type) is not null => NameOf(nullable, scope),
        MemberExpression { Expression: { } of } member => NameOf(of, scope).Append(names.Of(member)),
        UnaryExpression { NodeType: ExpressionType.Convert } convert => NameOf(convert.Operand, scope),
        _ => throw LambdaTranslator.Refuse(expression),
    };

    private Formula TranslateComparison(BinaryExpression comparison, string op, Scope scope, bool isNegated)
    {
        var (member, value, comparing) = scope.Names(comparison.Left)
            ? (comparison.Left, comparison.Right, op)
            : (comparison.Right, comparison.Left, Mirror(op));
        if (!scope.Names(member) || !Values.TryEvaluate(value, out var operand) || comparison.Method is { DeclaringType: var by } && !IsPlain(by))
        {
            throw LambdaTranslator.Refuse(comparison);
        }

        var stripped = Strip(member);

        // What is 0.1 as a float is not 0.1 as a double, but both are written so.
        if (stripped.Type == typeof(float) && member.Type != typeof(float) && member.Type != typeof(float?))
        {
            throw LambdaTranslator.Refuse(comparison);
        }

        var tests = new FieldTests(names, MemberOf(stripped));
        return Test(stripped, scope, operand is null
            ? comparing is "=" or "!=" ? tests.IsNull((comparing == "=") != isNegated) : throw LambdaTranslator.Refuse(comparison)
            : tests.Compare(isNegated ? Negate(comparing) : comparing, As(operand, stripped.Type), isNegated) ?? throw LambdaTranslator.Refuse(comparison));
    }

    private Formula TranslateCall(MethodCallExpression call, Scope scope, bool isNegated)
    {
        if (LambdaTranslator.ContainsOf(call) is { } contains && scope.Names(contains.Item) && Values.TryEvaluate(contains.Collection, out var all) && call.Arguments.Count <= 2)
        {
            var item = Strip(contains.Item);
            var values = ((IEnumerable)all!).Cast<object?>().Select(value => value is null ? null : As(value, item.Type));
            return Test(item, scope, new FieldTests(names, MemberOf(item)).In([.. values], isNegated) ?? throw LambdaTranslator.Refuse(call));
        }

        var (member, arguments) = call.Object is { } target ? (target, call.Arguments.ToArray())
            : call.Arguments.Count > 0 ? (call.Arguments[0], [.. call.Arguments.Skip(1)])
            : throw LambdaTranslator.Refuse(call);
        if (call.Method.Name == nameof(Equals) && arguments.Length > 0 && !scope.Names(member))
        {
            (member, arguments[0]) = (arguments[0], member);
        }

        if (!scope.Names(member) || (call.Method.DeclaringType != typeof(string) && call.Method.Name != nameof(Equals)))
        {
            throw LambdaTranslator.Refuse(call);
        }

        var constants = Array.ConvertAll(arguments, argument => Values.TryEvaluate(argument, out var value) ? value : throw LambdaTranslator.Refuse(call));
        var stripped = Strip(member);
        if (isNegated && call.Method.Name == nameof(string.IsNullOrEmpty))
        {
            return Test(stripped, scope, [FieldOption.AnyText]).And(Test(stripped, scope, [FieldOption.AnythingBut(["\"\""])]));
        }

        return Test(stripped, scope, new FieldTests(names, MemberOf(stripped)).Call(call.Method.Name, constants, isNegated) ?? throw LambdaTranslator.Refuse(call));
    }

    // Of an element nothing is said of members that are not written: a collection without elements has none that passes.
    private Formula Test(Expression member, Scope scope, IReadOnlyList<FieldOption> options)
    {
        var field = NameOf(member, scope);
        return field.Path.Length > 0
            ? Formula.Of(field, scope.IsElement ? [.. options.Where(static option => option != FieldOption.Absent)] : options)
            : throw LambdaTranslator.Refuse(member);
    }

    private static MemberExpression? MemberOf(Expression expression) => expression switch
    {
        MemberExpression { Member.Name: "Value", Expression: MemberExpression nullable } when Nullable.GetUnderlyingType(nullable.Type) is not null => nullable,
        MemberExpression member => member,
        _ => null,
    };

    private static Expression Strip(Expression expression) =>
        expression is UnaryExpression { NodeType: ExpressionType.Convert or ExpressionType.ConvertChecked } convert ? Strip(convert.Operand) : expression;

    // The compiler compares enums and characters as numbers.
    private static object As(object value, Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        return type.IsEnum && value is not Enum ? Enum.ToObject(type, value)
            : type == typeof(char) && value is not char ? Convert.ToChar(value, CultureInfo.InvariantCulture)
            : value;
    }

    // Operators that compare what JSON compares as well.
    private static bool IsPlain(Type? type) => type == typeof(string) || type == typeof(decimal) || type == typeof(DateTime) || type == typeof(DateTimeOffset) || type == typeof(Guid)
        || type == typeof(TimeSpan) || type == typeof(DateOnly) || type == typeof(TimeOnly) || type == typeof(Int128) || type == typeof(UInt128);

    private static string? OperatorOf(ExpressionType type) => type switch
    {
        ExpressionType.Equal => "=",
        ExpressionType.NotEqual => "!=",
        ExpressionType.LessThan => "<",
        ExpressionType.LessThanOrEqual => "<=",
        ExpressionType.GreaterThan => ">",
        ExpressionType.GreaterThanOrEqual => ">=",
        _ => null,
    };

    private static string Mirror(string op) => op switch { "<" => ">", "<=" => ">=", ">" => "<", ">=" => "<=", _ => op };

    private static string Negate(string op) => op switch { "=" => "!=", "!=" => "=", "<" => ">=", "<=" => ">", ">" => "<=", _ => "<" };
}
