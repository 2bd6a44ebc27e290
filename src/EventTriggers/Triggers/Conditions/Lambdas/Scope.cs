using System.Linq.Expressions;

namespace EventTriggers.Triggers.Conditions.Lambdas;

/// <summary>The subject of a part of a lambda: the payload, or an element of one of its collections.</summary>
/// <param name="Parameter">The parameter of the lambda that stands for the subject.</param>
/// <param name="Field">The place of the subject in the payload, and how it is written.</param>
internal sealed record Scope(ParameterExpression Parameter, PayloadField Field);
