using System.Linq.Expressions;
using System.Reflection;

namespace EventTriggers;

/// <summary>The parts of a lambda that do not speak about the payload: constants, captured variables, and what is computed of them.</summary>
internal static class Values
{
    public static bool TryEvaluate(Expression expression, out object? value)
    {
        var finder = new ParameterFinder();
        finder.Visit(expression);
        value = finder.HasFound ? null : Evaluate(expression);
        return !finder.HasFound;
    }

    /// <summary>Gets an array of which the compiler has made a span to call a method on.</summary>
    public static Expression WithoutSpan(Expression expression) => expression switch
    {
        MethodCallExpression { Method.Name: "op_Implicit", Arguments: [var of] } when expression.Type.IsByRefLike => of,
        UnaryExpression { NodeType: ExpressionType.Convert } convert when expression.Type.IsByRefLike => convert.Operand,
        _ => expression,
    };

    public static object? DefaultOf(Type type) => Evaluate(Expression.Default(type));

    private static object? Evaluate(Expression expression) => expression switch
    {
        ConstantExpression constant => constant.Value,
        MemberExpression { Member: FieldInfo field } member => field.GetValue(member.Expression is null ? null : Evaluate(member.Expression)),
        _ => Expression.Lambda<Func<object?>>(Expression.Convert(expression, typeof(object))).Compile(preferInterpretation: true)(),
    };

    private sealed class ParameterFinder : ExpressionVisitor
    {
        public bool HasFound { get; private set; }

        protected override Expression VisitParameter(ParameterExpression node)
        {
            HasFound = true;
            return node;
        }
    }
}
