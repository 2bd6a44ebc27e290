using System.Linq.Expressions;

namespace EventTriggers.Tests.Triggers.Conditions.Differential;

/// <summary>
/// What a lambda says of a payload: the compiled lambda itself, on what is read from the JSON. Where it would throw for a null, it says
/// what the documents promise: a call on null does not hold, a member of null is what it is when it is not written, <c>Value</c> of null
/// compares as null, and an element that is null passes no test. Of a collection that is null they promise nothing.
/// </summary>
internal sealed class Judge : ExpressionVisitor
{
    // Written by hand from the initializers: all others are the defaults of their types.
    private static readonly Dictionary<string,
    object> WhenAbsent = new() { ["Place.Zip"] = 7, ["Line.Count"] = 1, ["Facts.Retries"] = 3, ["Facts.Name"] = "abc",
        ["Facts.Note"] = "none" };

    public static Func<T, bool> Compile<T>(Expression<Func<T, bool>> condition) =>
        ((Expression<Func<T, bool>>)new Judge().Visit(condition)).Compile();

    protected override Expression VisitMember(MemberExpression node)
    {
        var of = Visit(node.Expression);
        if (of is null || node.Expression is ConstantExpression)
        {
            return node;
        }

        if (node.Member.Name == "Value" && Nullable.GetUnderlyingType(of.Type) is { } below)
        {
            return below == typeof(bool) ? Expression.Equal(of, Expression.Constant(true, of.Type))
                : below.IsPrimitive || below.IsEnum ? of
                : Expression.Condition(Expression.Property(of, "HasValue"), node.Update(of), Expression.Default(below));
        }

        var member = node.Update(of);
        return of.Type.IsValueType || node.Expression is ParameterExpression ? member : IfNull(of, Absent(node), member);
    }

    protected override Expression VisitUnary(UnaryExpression node)
    {
        var operand = Visit(node.Operand);
        return node.NodeType == ExpressionType.Convert
            && node.Method is null
            && Nullable.GetUnderlyingType(operand.Type) is { } below
            && !node.Type.IsByRefLike
            && node.Type != typeof(object)
            && Nullable.GetUnderlyingType(node.Type) is null
            ? node.Type == below ? operand : Expression.Convert(operand, typeof(Nullable<>).MakeGenericType(node.Type))
            : node.Update(operand);
    }

    protected override Expression VisitBinary(BinaryExpression node)
    {
        var (left, right) = (Visit(node.Left), Visit(node.Right));
        if (left.Type == right.Type
            || node.NodeType is not (ExpressionType.Equal or ExpressionType.NotEqual
                or (>= ExpressionType.GreaterThan and <= ExpressionType.GreaterThanOrEqual)
                or ExpressionType.LessThan or ExpressionType.LessThanOrEqual))
        {
            return left.Type == node.Left.Type
                ? node.Update(left, node.Conversion, right)
                : Expression.MakeBinary(node.NodeType, left, right);
        }

        return left.Type.IsValueType && Nullable.GetUnderlyingType(left.Type) is not null
            ? Expression.MakeBinary(node.NodeType, left, Expression.Convert(right, left.Type))
            : Expression.MakeBinary(node.NodeType, Expression.Convert(left, right.Type), right);
    }

    protected override Expression VisitMethodCall(MethodCallExpression node)
    {
        var self = Visit(node.Object);
        var arguments = Visit(node.Arguments);
        if (node.Method.DeclaringType == typeof(string)
            && node.Method.Name is "StartsWith" or "EndsWith"
            && arguments is [{ Type: var only }]
            && only == typeof(string))
        {
            // Without a comparison they go by the culture of the process, a pattern never.
            return IfNull(
                self!, Expression.Constant(false), Expression.Call(
                    self, typeof(string).GetMethod(
                        node.Method.Name, [
                            typeof(string), typeof(StringComparison),
                        ])!, arguments[0], Expression.Constant(StringComparison.Ordinal)));
        }

        var call = node.Update(self!, arguments);
        return node.Type == typeof(bool) && self?.Type == typeof(string) ? IfNull(self, Expression.Constant(false), call) : call;
    }

    protected override Expression VisitLambda<T>(Expression<T> node)
    {
        var body = Visit(node.Body);
        return node.Parameters is [{ Type: { IsClass: true } type } parameter] && type != typeof(string) && node.ReturnType == typeof(bool)
            ? node.Update(IfNull(parameter, Expression.Constant(false), body), node.Parameters)
            : node.Update(body, node.Parameters);
    }

    private static Expression Absent(MemberExpression member) =>
        WhenAbsent.TryGetValue($"{member.Member.DeclaringType!.Name}.{member.Member.Name}", out var value)
        ? Expression.Constant(value, member.Type)
        : Expression.Default(member.Type);

    private static ConditionalExpression IfNull(Expression of, Expression then, Expression otherwise) =>
        Expression.Condition(Expression.ReferenceEqual(of, Expression.Constant(null, of.Type)), then, otherwise);
}
